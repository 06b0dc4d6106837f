import { BentoError, type BentoErrorCode } from "@bento/core";

/** Why a request is turned away, with what it is answered. */
const codes = {
  /** As many calls run as may. */
  concurrency: "BENTO_TOO_MANY_REQUESTS",
  /** As many calls wait as may. */
  queue: "BENTO_OVERLOADED",
  /** It would have to wait, for a place or for its batch, longer than its caller or its endpoint allows. */
  overload: "BENTO_OVERLOADED",
  /** Its files find no room on disk beside those of others. */
  disk: "BENTO_OVERLOADED",
  /** Its time was over before anything began to work on it. */
  deadline: "BENTO_TIMEOUT",
} as const satisfies Record<string, BentoErrorCode>;

/** Why a request is turned away before anything works on it. */
export type RefusalReason = keyof typeof codes;

export const refusalReasons = Object.keys(codes) as readonly RefusalReason[];

/**
 * What a request fails with that the server turns away: counted by its reason, and no line in the log of failures, which
 * would be longest when there is least time for it. A class, so that a service may throw the same codes for reasons of its own.
 */
export class Refusal extends BentoError {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string, hint: string, cause?: unknown) {
    super(codes[reason], message, cause === undefined ? { hint } : { hint, cause });
    this.reason = reason;
  }
}

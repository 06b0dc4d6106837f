import { BentoError } from "@bento/core";
import { failureKind } from "./failure-kind.js";

/** Tries after the first that a call has where nothing else is said. */
export const defaultRetries = 3;

/** Longer than this nobody is kept waiting for another try. Milliseconds. */
const longestPauseMs = 10_000;

/** The first pause at most; each further one is three times as long, which is about what a server takes to start anew. Milliseconds. */
const firstPauseMs = 300;

/** @throws BENTO_CONFIG_INVALID when `value` is no number of retries */
export function checkRetries(value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (Number.isInteger(value) && value >= 0) return value;
  throw new BentoError("BENTO_CONFIG_INVALID", `The option \`retries\` is ${JSON.stringify(value)}.`, {
    hint: "Give a whole number, 0 for none.",
  });
}

/**
 * Whether a request may be sent once more.
 *
 * Without further notice only what nobody has worked on: no connection came about, or the answer, 429 or 503, says when to
 * come again. What is idempotent also when its connection broke, or somebody between lost the service.
 */
export function mayRetry(error: unknown, isIdempotent: boolean): boolean {
  const kind = failureKind(error);
  if (kind === "unsent") return true;
  if (kind === "lost") return isIdempotent;
  if (kind === undefined || !BentoError.is(error)) return false;
  if (error.status === 502) return isIdempotent;
  if (error.status !== 429 && error.status !== 503) return false;
  // Its worker died while it worked on this very call.
  return error.retryAfterMs !== undefined && (isIdempotent || error.code !== "BENTO_WORKER_DIED");
}

/**
 * Milliseconds until the next try; `undefined` where it would take too long. What the service asked for, if it did, and a
 * part that chance decides: those who were refused together should not come back together.
 *
 * @param retry which one it would be, from 0
 * @param chance from 0 to 1
 */
export function pauseMs(error: unknown, retry: number, chance: number): number | undefined {
  const asked = BentoError.is(error) ? error.retryAfterMs : undefined;
  if (asked !== undefined && asked > longestPauseMs) return undefined;
  const ownMs = Math.min(longestPauseMs, firstPauseMs * 3 ** retry);
  return asked === undefined ? ownMs * (0.5 + chance / 2) : asked + Math.min(ownMs, 1000) * chance;
}

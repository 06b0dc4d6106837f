import { BentoError, type BentoErrorCode } from "@bento/core";
import { cancellation } from "../../../store/cancellation.js";
import { isLostConnection, remoteFailure } from "../../remote-failure.js";
import type { Secrets } from "../../remote.js";

/** What is done at a remote, after "Cannot" and at the beginning of a sentence. */
const doings = {
  read: "Reading",
  write: "Writing",
  list: "Listing",
  "look at": "Looking at",
  delete: "Deleting",
  make: "Making",
} as const;

export type Doing = keyof typeof doings;

/** Why something could not be done. */
export interface Reason {
  /** A fragment. */
  readonly reason: string;
  readonly hint?: string | undefined;
  readonly isTransient?: boolean | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly code?: BentoErrorCode | undefined;
  readonly cause?: unknown;
}

/** One thing that is asked of a server, whatever requests it takes: who wants it, and how its failures are told. */
export class Asking {
  readonly signal: AbortSignal | undefined;
  readonly #doing: Doing;
  readonly #place: string;
  readonly #secrets: Secrets;

  constructor(doing: Doing, place: string, secrets: Secrets, signal?: AbortSignal) {
    this.signal = signal;
    this.#doing = doing;
    this.#place = place;
    this.#secrets = secrets;
  }

  /** @throws BENTO_CANCELLED when nobody wants it any more */
  check(): void {
    if (this.signal?.aborted === true) throw this.cancelled(this.signal);
  }

  cancelled(signal: AbortSignal): BentoError {
    return cancellation(signal, `${doings[this.#doing]} ${JSON.stringify(this.#place)}`);
  }

  failure(reason: Reason): BentoError {
    return remoteFailure({ ...reason, doing: this.#doing, place: this.#place, secrets: this.#secrets });
  }

  /** What to throw for what was caught while a server was asked. @param isUnderway whether it had begun to answer */
  broken(error: unknown, isUnderway = false): BentoError {
    if (this.signal?.aborted === true) return this.cancelled(this.signal);
    if (BentoError.is(error)) return error;
    const code = codeOf(error);
    const said = error instanceof Error && error.message !== "" ? error.message : (code ?? String(error));
    if (certificateCodes.has(code ?? ""))
      return this.failure({ reason: `its certificate is not accepted: ${said}`, hint: certificateHint, cause: error });
    if (code === "ENOTFOUND") return this.failure({ reason: said, hint: "Look for a mistake in the name of the host.", cause: error });
    const isTransient = isUnderway || isLostConnection(error) || error instanceof Silence || /BAD_RECORD_MAC/.test(code ?? "");
    return this.failure({ reason: said, isTransient, cause: error });
  }
}

/** Nothing came for too long. */
export class Silence extends Error {
  constructor(milliseconds: number) {
    super(`nothing came for ${milliseconds / 1000} seconds`);
  }
}

const certificateCodes = new Set([
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_REVOKED",
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);
const certificateHint =
  "If the server has a certificate of an own authority, name that authority's file in the environment variable NODE_EXTRA_CA_CERTS.";

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

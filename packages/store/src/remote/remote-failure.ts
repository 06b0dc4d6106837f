import { BentoError, type BentoErrorCode } from "@bento/core";
import type { Secrets } from "./remote.js";

/** What went wrong at a remote. */
export interface RemoteProblem {
  /** What failed, after "Cannot": `read`, `write`, `list`, `look at`, `delete`, `reach`. */
  readonly doing: string;
  /** The remote's name and the path: `s3://bucket/x.tar`. Quoted by this function. */
  readonly place: string;
  /** Why, in words: the server's own where it gave some. A fragment, without a full stop at its end. */
  readonly reason: string;
  /** What to do next. */
  readonly hint?: string | undefined;
  /** Whether the same try may succeed a little later: no connection, a broken one, silence, a server that is busy. */
  readonly isTransient?: boolean | undefined;
  /** When the server wants to be asked again, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** Default BENTO_TRANSFER_FAILED; BENTO_NOT_FOUND, BENTO_UNAUTHORIZED and BENTO_FORBIDDEN where the server said so. */
  readonly code?: BentoErrorCode | undefined;
  readonly secrets: Secrets;
  /** What was caught. Of it nothing but its name, code and message is kept, without secrets: libraries put whole requests into their errors. */
  readonly cause?: unknown;
}

/** What stands behind an error of a remote: what a library or the system said, without anything that could hold a secret. */
export class RemoteFault extends Error {
  readonly isTransient: boolean;
  readonly code: string | undefined;

  constructor(message: string, { isTransient, code }: { readonly isTransient: boolean; readonly code: string | undefined }) {
    super(message);
    this.name = "RemoteFault";
    this.isTransient = isTransient;
    this.code = code;
    // Where it was made says nothing, and the stack of a library might.
    this.stack = `${this.name}: ${message}`;
  }
}

/** As much as is told of what a server or library says. */
const longestTold = 300;

/** The error for what went wrong at a remote. */
export function remoteFailure(problem: RemoteProblem): BentoError {
  const { doing, place, reason, hint, isTransient = false, retryAfterMs, code = "BENTO_TRANSFER_FAILED", secrets, cause } = problem;
  const said = cause instanceof Error ? cause.message : typeof cause === "string" ? cause : reason;
  const errno = cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
  const message = secrets.redact(`Cannot ${doing} ${JSON.stringify(place)}: ${told(reason, secrets).replace(/[.\s]+$/, "")}.`);
  return new BentoError(code, message, {
    hint: hint === undefined ? undefined : secrets.redact(hint),
    retryAfterMs,
    cause: new RemoteFault(told(said, secrets), { isTransient, code: errno }),
  });
}

// oxlint-disable-next-line no-control-regex -- exactly these
const unprintable = /[\s\0-\x1f\x7f-\x9f]+/g;

/**
 * A server's or library's words on one line, without what a terminal would act on. They are cut only when no secret is
 * in them any more: nobody would know half of one.
 */
function told(text: string, secrets: Secrets): string {
  const line = secrets.redact(text).replaceAll(unprintable, " ").trim();
  return line.length > longestTold ? `${line.slice(0, longestTold)}…` : line;
}

/** What is thrown for whatever a driver threw: what is not worded yet is, so that nothing of a library is seen. */
export function worded(error: unknown, problem: Pick<RemoteProblem, "doing" | "place" | "secrets">): BentoError {
  if (BentoError.is(error)) return error;
  const reason = error instanceof Error ? error.message : "its driver failed without a word";
  return remoteFailure({ ...problem, reason, isTransient: isLostConnection(error), cause: error });
}

/** Whether an error of a remote may be gone at the next try. */
export function isTransientFault(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof RemoteFault && error.cause.isTransient;
}

/** Codes of Node for connections that are not there, or not any more. */
const lost: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
  "ERR_STREAM_PREMATURE_CLOSE",
]);

/** Whether an error of Node or a library says that a connection could not be had, or broke. */
export function isLostConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("code" in error && typeof error.code === "string" && lost.has(error.code)) return true;
  return error.cause !== undefined && isLostConnection(error.cause);
}

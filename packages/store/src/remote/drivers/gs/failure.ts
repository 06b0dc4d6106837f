import { BentoError, type BentoErrorCode } from "@bento/core";
import { isLostConnection, remoteFailure } from "../../remote-failure.js";
import type { Secrets } from "../../remote.js";

/** What was being done when something failed. */
export interface Doing {
  readonly doing: string;
  readonly place: string;
  readonly secrets: Secrets;
}

/** An answer of Google that is no success. */
export class GoogleRefusal extends Error {
  readonly status: number;
  /** Google's word for it: `notFound`, `rateLimitExceeded`. */
  readonly reason: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(status: number, body: string, retryAfter: string | undefined) {
    const { message, reason } = wordsOf(body);
    super(message);
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = Number(retryAfter) > 0 ? Number(retryAfter) * 1000 : undefined;
  }
}

/** Statuses that go by themselves. @source Google Cloud Storage: retry strategy */
const passing: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** The error for what went wrong on the way to Google and back. */
export function googleFailure(thrown: unknown, about: Doing): BentoError {
  if (BentoError.is(thrown)) return thrown;
  if (thrown instanceof GoogleRefusal) return refused(thrown, about);
  const error = thrown instanceof Error ? thrown : new Error("something unknown went wrong");
  const isBroken = isLostConnection(error) || error.name === "AbortError";
  return remoteFailure({
    ...about,
    reason: isBroken ? `the connection broke (${error.message})` : error.message,
    isTransient: isBroken,
    cause: error,
  });
}

function refused(refusal: GoogleRefusal, about: Doing): BentoError {
  const { status, reason, message, retryAfterMs } = refusal;
  const isOther = status === 412;
  const said = [status, reason].join(" ").trim() + (message === "" ? "" : `: ${message}`);
  return remoteFailure({
    ...about,
    reason: isOther ? "it is not the file any more that it was" : `the server answered ${said}`,
    ...codeAndHint(status),
    isTransient: passing.has(status),
    retryAfterMs,
    cause: Object.assign(new Error(said), { code: reason }),
  });
}

function codeAndHint(status: number): { readonly code?: BentoErrorCode; readonly hint?: string } {
  if (status === 404) return { code: "BENTO_NOT_FOUND", hint: "Look at the names of bucket and file." };
  if (status === 401) return { code: "BENTO_UNAUTHORIZED", hint: signInHint };
  if (status === 403)
    return {
      code: "BENTO_FORBIDDEN",
      hint: "Have the right to do this granted to whoever asks (Storage Object User), or ask as somebody else.",
    };
  return {};
}

/** What to do without valid credentials. */
export const signInHint =
  "Run gcloud auth application-default login, set GOOGLE_APPLICATION_CREDENTIALS, or give params.keyFile or params.token; params.anonymous=true for a bucket that is public.";

/** The server's words of an answer: JSON where it is the API's own, else its first line. */
function wordsOf(body: string): { readonly message: string; readonly reason: string | undefined } {
  try {
    const { error } = JSON.parse(body) as { error?: { message?: unknown; errors?: readonly { reason?: unknown }[] } };
    const reason = error?.errors?.[0]?.reason;
    const message = typeof error?.message === "string" ? error.message : "";
    return { message, reason: typeof reason === "string" && /^\w{1,80}$/.test(reason) ? reason : undefined };
  } catch {
    const line = body.trim().split("\n", 1)[0] ?? "";
    return { message: line.startsWith("<") ? "" : line, reason: undefined };
  }
}

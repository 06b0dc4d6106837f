/**
 * How far a request came that failed on its way or was refused:
 *
 * - `unsent`: no connection came about, so that nobody has seen it
 * - `lost`: the connection broke; the service may have worked on it
 * - `answered`: the service, or somebody between, answered with an error
 */
export type FailureKind = "unsent" | "lost" | "answered";

/** Beside the errors and not in them: it is nothing that callers should go by. */
const kinds = new WeakMap<object, FailureKind>();

/** Notes of an error what it is. */
export function markFailure<E extends object>(error: E, kind: FailureKind): E {
  kinds.set(error, kind);
  return error;
}

/** What was noted; `undefined` for all that is no failure of one request, such as a deadline that passed. */
export function failureKind(error: unknown): FailureKind | undefined {
  return typeof error === "object" && error !== null ? kinds.get(error) : undefined;
}

/** Codes of Node and others for a connection that did not come about. */
const connectCodes: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
  "ConnectionRefused",
]);

/** What a `fetch` that failed says of itself: browsers say nothing, and a request of theirs counts as lost. */
export function networkFailureKind(cause: unknown): FailureKind {
  for (let error = cause, depth = 0; typeof error === "object" && error !== null && depth < 5; depth++) {
    const { code, syscall, cause: inner } = error as { code?: unknown; syscall?: unknown; cause?: unknown };
    if (connectCodes.has(code) || syscall === "connect") return "unsent";
    error = inner;
  }
  return "lost";
}

/**
 * One row for each thing that can go wrong.
 *
 * - `status`: the HTTP status that answers a request which failed with this code.
 * - `bentoml`: the status of the exception that a Python BentoML client raises for it. That client knows
 *   400 (InvalidArgument), 404 (NotFound), 422 (UnprocessableEntity) and 503 (ServiceUnavailable); every other
 *   status is its plain BentoMLException, 500.
 * - `exposed`: whether message, hint and issues may leave the server. What is not exposed goes to the log
 *   alone, because it may name paths and internals.
 *
 * What a code stands for is the comment above it, which costs no page a byte. `docs/errors.md` is this table for people; a
 * test keeps the two equal.
 */
export const errorCodes = {
  /** The request cannot be read: malformed JSON, a broken header, an unusable argument. */
  BENTO_BAD_REQUEST: { status: 400, bentoml: 400, exposed: true },
  /** The input does not satisfy the endpoint's schema; `issues` names each problem. */
  BENTO_INPUT_INVALID: { status: 400, bentoml: 400, exposed: true },
  /** A tag, name or version breaks the tag rules. */
  BENTO_TAG_INVALID: { status: 400, bentoml: 400, exposed: true },
  /** Labels, metadata, signatures, a file name or a `model.yaml` that cannot be a model. */
  BENTO_MODEL_INVALID: { status: 400, bentoml: 400, exposed: true },
  /** A `bento.yaml` or a file name that cannot be a bento. */
  BENTO_BENTO_INVALID: { status: 400, bentoml: 400, exposed: true },
  /** An archive is cut off, corrupted, of another format than it was said to be, or holds no model or bento. */
  BENTO_ARCHIVE_INVALID: { status: 400, bentoml: 400, exposed: true },
  /** An archive holds an entry that leads out, hides another, is no file, or goes beyond a limit. */
  BENTO_ARCHIVE_UNSAFE: { status: 400, bentoml: 400, exposed: true },
  /** Files are not what their manifest says: somebody or something changed them. */
  BENTO_INTEGRITY_FAILED: { status: 400, bentoml: 400, exposed: true },
  /** A signature is missing, by an unknown key, or of another model. */
  BENTO_SIGNATURE_INVALID: { status: 400, bentoml: 400, exposed: true },
  /** The request carries no valid credentials. */
  BENTO_UNAUTHORIZED: { status: 401, bentoml: 500, exposed: true },
  /** The caller is known, but may not do this. */
  BENTO_FORBIDDEN: { status: 403, bentoml: 500, exposed: true },
  /** What was asked for does not exist; free for services to throw. */
  BENTO_NOT_FOUND: { status: 404, bentoml: 404, exposed: true },
  /** No endpoint answers this path. */
  BENTO_ROUTE_NOT_FOUND: { status: 404, bentoml: 404, exposed: true },
  /** The model store holds no such model. */
  BENTO_MODEL_NOT_FOUND: { status: 404, bentoml: 404, exposed: true },
  /** The bento store holds no such bento. */
  BENTO_BENTO_NOT_FOUND: { status: 404, bentoml: 404, exposed: true },
  /** The model holds no such file. */
  BENTO_FILE_NOT_FOUND: { status: 404, bentoml: 404, exposed: true },
  /** The path exists, but not for this HTTP method. */
  BENTO_METHOD_NOT_ALLOWED: { status: 405, bentoml: 500, exposed: true },
  /** A model with this tag is already in the store; models never change. */
  BENTO_MODEL_EXISTS: { status: 409, bentoml: 500, exposed: true },
  /** A shortened version fits several models. */
  BENTO_MODEL_AMBIGUOUS: { status: 409, bentoml: 500, exposed: true },
  /** A bento needs the model that was to be deleted. */
  BENTO_MODEL_IN_USE: { status: 409, bentoml: 500, exposed: true },
  /** A bento with this tag is already in the store; bentos never change. */
  BENTO_BENTO_EXISTS: { status: 409, bentoml: 500, exposed: true },
  /** A shortened version fits several bentos. */
  BENTO_BENTO_AMBIGUOUS: { status: 409, bentoml: 500, exposed: true },
  /** Something that must not be replaced lies where an export would go. */
  BENTO_TARGET_EXISTS: { status: 409, bentoml: 500, exposed: true },
  /** A write to a draft that is already committed or discarded. */
  BENTO_MODEL_SEALED: { status: 409, bentoml: 500, exposed: true },
  /** The request contradicts the present state; free for services to throw. */
  BENTO_CONFLICT: { status: 409, bentoml: 500, exposed: true },
  /** What is left of a stream cannot be had any more: its time is over, or too little of it was kept. */
  BENTO_STREAM_GONE: { status: 410, bentoml: 500, exposed: true },
  /** The request body is larger than the server accepts. */
  BENTO_PAYLOAD_TOO_LARGE: { status: 413, bentoml: 500, exposed: true },
  /** The request's content type is not understood here; pickle never is. */
  BENTO_MEDIA_TYPE_UNSUPPORTED: { status: 415, bentoml: 500, exposed: true },
  /** The Host header is not one that this server answers for. */
  BENTO_HOST_NOT_ALLOWED: { status: 421, bentoml: 500, exposed: true },
  /** The input is well formed but cannot be worked on; free for services to throw. */
  BENTO_UNPROCESSABLE: { status: 422, bentoml: 422, exposed: true },
  /** `traffic.maxConcurrency` requests are already running. */
  BENTO_TOO_MANY_REQUESTS: { status: 429, bentoml: 500, exposed: true },
  /** The caller went away or aborted before the answer. */
  BENTO_CANCELLED: { status: 499, bentoml: 500, exposed: true },
  /** Something threw that is no BentoError; the log has the details. */
  BENTO_INTERNAL: { status: 500, bentoml: 500, exposed: false },
  /** The method returned what its output schema forbids; `issues` names each problem. */
  BENTO_OUTPUT_INVALID: { status: 500, bentoml: 500, exposed: true },
  /** A service, api or model reference is declared in a way that cannot work. */
  BENTO_SERVICE_INVALID: { status: 500, bentoml: 500, exposed: false },
  /** The module of a service is not there, does not compile, or holds no such service. */
  BENTO_ENTRY_INVALID: { status: 500, bentoml: 500, exposed: false },
  /** An option or environment variable has an unusable value. */
  BENTO_CONFIG_INVALID: { status: 500, bentoml: 500, exposed: false },
  /** The disk below the model store refused: read-only, full, no permission, not a folder. */
  BENTO_STORE_FAILED: { status: 500, bentoml: 500, exposed: false },
  /** The source of an import could not be read, or the target of an export not written. */
  BENTO_TRANSFER_FAILED: { status: 500, bentoml: 500, exposed: false },
  /** A file of an input or output is not there, fails while it is read, or could be read once and was. */
  BENTO_FILE_UNREADABLE: { status: 500, bentoml: 500, exposed: false },
  /** The server could not listen on the host and port it was given. */
  BENTO_LISTEN_FAILED: { status: 500, bentoml: 500, exposed: false },
  /** A worker's connection carried something that is no frame of its protocol. */
  BENTO_WIRE_INVALID: { status: 500, bentoml: 500, exposed: false },
  /** A worker process could not start, or not go on. */
  BENTO_WORKER_FAILED: { status: 500, bentoml: 500, exposed: false },
  /** A service asks for devices that the machine does not have, or that others hold. */
  BENTO_DEVICE_UNAVAILABLE: { status: 500, bentoml: 500, exposed: false },
  /** Another server answered with something unusable, or not at all. */
  BENTO_REMOTE_FAILED: { status: 502, bentoml: 500, exposed: true },
  /** The registry cannot be reached, or answers what it may not. */
  BENTO_REGISTRY_FAILED: { status: 502, bentoml: 500, exposed: true },
  /** The queue is full; try again after a pause. */
  BENTO_OVERLOADED: { status: 503, bentoml: 503, exposed: true },
  /** The service is starting, draining or unhealthy. */
  BENTO_UNAVAILABLE: { status: 503, bentoml: 503, exposed: true },
  /** A worker of the service dies again and again. */
  BENTO_CRASH_LOOP: { status: 503, bentoml: 503, exposed: true },
  /** The worker died while it worked on the request; it was not run again. */
  BENTO_WORKER_DIED: { status: 503, bentoml: 503, exposed: true },
  /** No answer within the time allowed. */
  BENTO_TIMEOUT: { status: 504, bentoml: 500, exposed: true },
  /** The registry has no room for it. */
  BENTO_QUOTA_EXCEEDED: { status: 507, bentoml: 500, exposed: true },
} as const satisfies Record<`BENTO_${string}`, ErrorCodeRow>;

interface ErrorCodeRow {
  readonly status: number;
  readonly bentoml: 400 | 404 | 422 | 500 | 503;
  readonly exposed: boolean;
}

/** Every code a {@link BentoError} can carry. */
export type BentoErrorCode = keyof typeof errorCodes;

/** Whether a text is one of the codes of this version of the table. */
export function isErrorCode(value: unknown): value is BentoErrorCode {
  return typeof value === "string" && Object.hasOwn(errorCodes, value);
}

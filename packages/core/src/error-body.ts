import { type BentoErrorCode, isErrorCode } from "./error-codes.js";
import { BentoError, type BentoIssue, toWire } from "./errors.js";

/** An error as an HTTP answer. */
export interface ErrorResponse {
  readonly status: number;
  /** To be sent as JSON. */
  readonly body: unknown;
}

/** The one object inside an error answer: BentoML's `error` and `detail`, and what is ours. */
interface ErrorBody {
  error?: unknown;
  detail?: unknown;
  code?: unknown;
  hint?: unknown;
}

/** Statuses whose answer BentoML sends as a plain object; other 4xx errors are an array with that object. */
const objectStatuses = new Set([401, 403, 429]);

/**
 * The HTTP answer for anything thrown, in the shapes that BentoML's clients know, with our `code` and `hint` beside.
 *
 * - invalid input or output: `{ error, detail: [{ type, loc, msg }] }`
 * - other 4xx: `[{ error }]`, an array, as BentoML has it; 401, 403, 429 and 5xx: `{ error }`
 *
 * What the error's code does not expose is replaced by a neutral sentence.
 * @source BentoML src/_bentoml_impl/server/app.py, error handlers
 */
export function toErrorResponse(thrown: unknown): ErrorResponse {
  const wire = toWire(thrown);
  const body = {
    error: wire.message,
    ...(wire.issues && { detail: wire.issues.map(({ path, message, code }) => ({ type: code, loc: path, msg: message })) }),
    code: wire.code,
    ...(wire.hint !== undefined && { hint: wire.hint }),
  };
  const isArray = wire.status >= 400 && wire.status < 500 && !objectStatuses.has(wire.status) && !wire.issues;
  return { status: wire.status, body: isArray ? [body] : body };
}

/**
 * The error that an HTTP answer describes: every shape that {@link toErrorResponse} or a Python BentoML server sends, and
 * whatever a proxy between may answer.
 * @param status the answer's status, 400 or more
 * @param text the answer's body
 * @param retryAfterMs what its header `Retry-After` says, in milliseconds
 */
export function fromErrorResponse(status: number, text: string, retryAfterMs?: number): BentoError {
  const body = parseBody(text);
  const issues = Array.isArray(body.detail) ? body.detail.map(toIssue) : undefined;
  const code = isErrorCode(body.code) ? body.code : codeOfStatus(status, issues !== undefined);
  const message = typeof body.error === "string" && body.error !== "" ? body.error : messageOfText(status, text);
  const hint = typeof body.hint === "string" ? body.hint : undefined;
  return new BentoError(code, message, { status, issues, hint, retryAfterMs });
}

function parseBody(text: string): ErrorBody {
  try {
    const parsed: unknown = JSON.parse(text);
    const first: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
    return typeof first === "object" && first !== null ? first : {};
  } catch {
    return {};
  }
}

/** A proxy's page is no message: only short plain text is taken as one. */
function messageOfText(status: number, text: string): string {
  const trimmed = text.trim();
  const isSentence = trimmed !== "" && trimmed.length <= 500 && !/^[<{[]/.test(trimmed);
  return isSentence ? trimmed : `The server answered with status ${status}.`;
}

function toIssue(detail: unknown): BentoIssue {
  const { loc, msg, type } = (typeof detail === "object" && detail !== null ? detail : {}) as {
    loc?: unknown;
    msg?: unknown;
    type?: unknown;
  };
  return {
    path: Array.isArray(loc) ? loc.filter((key) => typeof key === "string" || typeof key === "number") : [],
    message: typeof msg === "string" ? msg : String(detail),
    code: typeof type === "string" ? type : "custom",
  };
}

function codeOfStatus(status: number, hasIssues: boolean): BentoErrorCode {
  if (status === 400 && hasIssues) return "BENTO_INPUT_INVALID";
  const known: Partial<Record<number, BentoErrorCode>> = {
    401: "BENTO_UNAUTHORIZED",
    403: "BENTO_FORBIDDEN",
    404: "BENTO_NOT_FOUND",
    405: "BENTO_METHOD_NOT_ALLOWED",
    409: "BENTO_CONFLICT",
    413: "BENTO_PAYLOAD_TOO_LARGE",
    415: "BENTO_MEDIA_TYPE_UNSUPPORTED",
    421: "BENTO_HOST_NOT_ALLOWED",
    422: "BENTO_UNPROCESSABLE",
    429: "BENTO_TOO_MANY_REQUESTS",
    502: "BENTO_REMOTE_FAILED",
    503: "BENTO_UNAVAILABLE",
    504: "BENTO_TIMEOUT",
  };
  return known[status] ?? (status < 500 ? "BENTO_BAD_REQUEST" : "BENTO_INTERNAL");
}

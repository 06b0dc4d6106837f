import { BentoError, type BentoErrorCode } from "@bento/core";
import { isLostConnection, remoteFailure } from "../../remote-failure.js";
import type { Secrets } from "../../remote.js";

/** What was being done when something was caught. */
export interface Doing {
  /** After "Cannot": `read`, `write`. */
  readonly doing: string;
  /** Scheme, bucket and key. */
  readonly place: string;
  readonly secrets: Secrets;
}

/** What can be known of an error of the SDK, whose object holds the request and is never kept. */
export interface S3Refusal {
  /** S3's own word, such as `NoSuchKey`; empty where the server said none, as answers to HEAD never do. */
  readonly code: string;
  /** The server's own sentence; empty where it gave none. */
  readonly message: string;
  /** `undefined` where nobody answered. */
  readonly status: number | undefined;
  /** Whether the SDK has learnt from the answer what time it is for the server. */
  readonly isClockSet: boolean;
  /** Where the bucket is, when the server says so. */
  readonly region: string | undefined;
  readonly retryAfterMs: number | undefined;
}

/** What an error of the SDK says. */
export function refusalOf(error: unknown): S3Refusal {
  const { name, message, Region, $metadata, $response } = (error ?? {}) as SdkError;
  const status = $metadata?.httpStatusCode;
  const isUnreadable = message?.includes("Deserialization error") === true;
  const isSaid = status !== undefined && !isUnreadable && name !== undefined && name !== "Unknown" && name !== "Error";
  const seconds = Number($response?.headers?.["retry-after"]);
  return {
    code: isSaid ? name : "",
    message: isUnreadable ? "its answer is none of an S3 server" : message === undefined || message === "UnknownError" ? "" : message,
    status,
    isClockSet: name === "RequestTimeTooSkewed" && $metadata?.clockSkewCorrected === true,
    region: $response?.headers?.["x-amz-bucket-region"] ?? Region,
    retryAfterMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined,
  };
}

/** The parts of the SDK's errors that are looked at; the second half is not in its types. */
interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly Region?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly clockSkewCorrected?: boolean };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** Whether the server said that there is no such object. That there is no such bucket is another matter. */
export function isMissingObject(error: unknown): boolean {
  const { status, code } = refusalOf(error);
  return status === 404 && code !== "NoSuchBucket";
}

/** The error for what the SDK threw. */
export function s3Failure(error: unknown, { doing, place, secrets }: Doing): BentoError {
  if (BentoError.is(error)) return error;
  const { code, message, status, retryAfterMs } = refusalOf(error);
  const failure = { doing, place, secrets, retryAfterMs };
  // Of a cause remoteFailure keeps message and code, and those of an answer are in the reason.
  if (status !== undefined) {
    const words = [code, message].filter((text) => text !== "").join(": ");
    const reason = `the server answered ${status}${words === "" ? "" : `, ${words}`}`;
    return remoteFailure({ ...failure, reason, ...meaningOf(code, status), isTransient: isTransient(code, status) });
  }
  const cause = error instanceof Error ? error : undefined;
  const advice = { ...failure, reason: message === "" ? "nobody answered" : message, cause };
  if (cause?.name.endsWith("ProviderError") === true) {
    return remoteFailure({ ...advice, cause: undefined, hint: noKeys, code: "BENTO_UNAUTHORIZED" });
  }
  const errno = cause !== undefined && "code" in cause ? String(cause.code) : "";
  return remoteFailure({
    ...advice,
    hint: connectionHints.get(errno),
    isTransient: isLostConnection(error) || cause?.name === "TimeoutError",
  });
}

const noKeys =
  "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile of ~/.aws (AWS_PROFILE, or the parameter profile), or say anonymous=true for a bucket that is public.";
const wrongKeys = "Look at the access key and the secret key, or at the profile that they come from.";
const mayNot = "Look whether these keys may do that with this bucket: reading needs s3:GetObject and s3:ListBucket, writing s3:PutObject.";

const connectionHints: ReadonlyMap<string, string> = new Map([
  ["ENOTFOUND", "Look at the endpoint and the region; servers that know no host for each bucket need pathStyle=true."],
  ["ECONNREFUSED", "Look at the endpoint: nothing listens there."],
  ["EPROTO", "Look at the endpoint: http:// and https:// seem to be mixed up."],
  ["SELF_SIGNED_CERT_IN_CHAIN", "Put the certificate of who signed it into NODE_EXTRA_CA_CERTS."],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "Put the certificate into NODE_EXTRA_CA_CERTS."],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "Put the certificate of who signed it into NODE_EXTRA_CA_CERTS."],
]);

interface Meaning {
  readonly code?: BentoErrorCode;
  readonly hint?: string;
}

/** What the server's word means. @source Amazon S3 API reference, "Error responses" */
const meanings: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ["NoSuchBucket", { code: "BENTO_NOT_FOUND", hint: "Look at the bucket's name, the region and the endpoint." }],
  ["InvalidAccessKeyId", { code: "BENTO_UNAUTHORIZED", hint: wrongKeys }],
  ["SignatureDoesNotMatch", { code: "BENTO_UNAUTHORIZED", hint: wrongKeys }],
  ["ExpiredToken", { code: "BENTO_UNAUTHORIZED", hint: "The session is over: get new keys, such as by aws sso login." }],
  ["InvalidToken", { code: "BENTO_UNAUTHORIZED", hint: wrongKeys }],
  ["RequestTimeTooSkewed", { code: "BENTO_UNAUTHORIZED", hint: "Set this machine's clock." }],
  ["AuthorizationHeaderMalformed", { hint: "Say the bucket's region: AWS_REGION, or the parameter region." }],
  ["PermanentRedirect", { hint: "Say the bucket's region: AWS_REGION, or the parameter region." }],
]);

function meaningOf(code: string, status: number): Meaning {
  const known = meanings.get(code);
  if (known !== undefined) return known;
  if (status === 401) return { code: "BENTO_UNAUTHORIZED", hint: wrongKeys };
  if (status === 403) return { code: "BENTO_FORBIDDEN", hint: mayNot };
  if (status === 404) return { code: "BENTO_NOT_FOUND" };
  if (status === 301) return meanings.get("PermanentRedirect") ?? {};
  return {};
}

/** Refusals that are over after a while, or with the same bytes sent anew. @source Amazon S3 API reference, "Error responses" */
const passing: ReadonlySet<string> = new Set([
  "SlowDown",
  "RequestTimeout",
  "InternalError",
  "ServiceUnavailable",
  "OperationAborted",
  "Throttling",
  "ThrottlingException",
  "TooManyRequests",
  "RequestLimitExceeded",
  "BandwidthLimitExceeded",
  // What came is not what was sent.
  "BadDigest",
  "InvalidDigest",
  "IncompleteBody",
  "XAmzContentSHA256Mismatch",
]);

/** Whether what the server says by a word may be over soon. */
export function isPassing(code: string): boolean {
  return passing.has(code);
}

/** Words that stay as true as they are, whatever the status: the SDK gives 503 to errors inside of good answers. */
const lasting: ReadonlySet<string> = new Set([
  "AccessDenied",
  "EntityTooSmall",
  "InvalidArgument",
  "InvalidPart",
  "InvalidPartOrder",
  "InvalidRequest",
  "MalformedXML",
  "NoSuchUpload",
  "PreconditionFailed",
]);

function isTransient(code: string, status: number): boolean {
  if (lasting.has(code)) return false;
  return isPassing(code) || status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

import { BentoError, type BentoErrorCode } from "@bento/core";
import { isLostConnection, remoteFailure } from "../../remote-failure.js";
import { idleMs, type Secrets } from "../../remote.js";

/** What was being done when a library threw. */
export interface Doing {
  readonly doing: string;
  readonly place: string;
  readonly secrets: Secrets;
}

/** What the library says of an answer, or of a request without one. */
interface RestFailure {
  readonly name: string;
  readonly message: string;
  readonly statusCode?: unknown;
  readonly code?: unknown;
  readonly response?: { readonly headers?: { get(name: string): string | undefined } };
}

/** Statuses that go by themselves. */
const passing: ReadonlySet<unknown> = new Set([408, 429, 500, 502, 503, 504]);
/** Refusals that another try may not meet: bytes that changed on their way, and blocks that somebody who wrote to the same name threw away. */
const passingCodes: ReadonlySet<string> = new Set(["Md5Mismatch", "InvalidBlockList", "OperationTimedOut", "ServerBusy", "InternalError"]);

/** The error for what the library threw; only its words are kept, as it holds the request with all its headers. */
export function azureFailure(thrown: unknown, about: Doing): BentoError {
  if (BentoError.is(thrown)) return thrown;
  const error: RestFailure = thrown instanceof Error ? thrown : new Error("something unknown went wrong");
  const status = typeof error.statusCode === "number" ? error.statusCode : undefined;
  return status === undefined ? withoutAnswer(error, about) : answered(error, status, about);
}

/** The error for a server that says nothing. */
export function silenceFailure(about: Doing): BentoError {
  return remoteFailure({ ...about, reason: `nothing was heard of the server for ${idleMs / 1000} seconds`, isTransient: true });
}

/** The HTTP status behind what the library threw. */
export function statusOf(thrown: unknown): unknown {
  return thrown instanceof Error && "statusCode" in thrown ? thrown.statusCode : undefined;
}

function answered(error: RestFailure, status: number, about: Doing): BentoError {
  const said = error.response?.headers?.get("x-ms-error-code") ?? error.code;
  const serverCode = typeof said === "string" && /^[A-Za-z]{1,80}$/.test(said) ? said : undefined;
  const words = firstLine(error.message);
  const isOther = status === 412;
  const reason = isOther
    ? "it is not the file any more that it was"
    : `the server answered ${[status, serverCode].join(" ").trim()}${words === "" ? "" : `: ${words}`}`;
  const retryAfter = Number(error.response?.headers?.get("retry-after"));
  return remoteFailure({
    ...about,
    reason,
    ...codeAndHint(status, serverCode, words),
    isTransient:
      passing.has(status) ||
      (serverCode !== undefined && passingCodes.has(serverCode)) ||
      (status === 400 && /\bcontentMD5\b/i.test(words)),
    retryAfterMs: retryAfter > 0 ? retryAfter * 1000 : undefined,
    cause: Object.assign(new Error(reason), { code: serverCode }),
  });
}

function codeAndHint(
  status: number,
  serverCode: string | undefined,
  words: string,
): { readonly code?: BentoErrorCode; readonly hint?: string } {
  if (serverCode === "ContainerNotFound") return { code: "BENTO_NOT_FOUND", hint: "Make the container first, or correct its name." };
  if (status === 404)
    return {
      code: "BENTO_NOT_FOUND",
      hint: "Look at the name; without credentials, containers that are not public look as if they were not there.",
    };
  // The emulator has another code for it, and the same words.
  if (status === 401 || serverCode === "AuthenticationFailed" || words.startsWith("Server failed to authenticate")) {
    return {
      code: "BENTO_UNAUTHORIZED",
      hint: "Look at the account and its key, or at the times and rights of the shared access signature.",
    };
  }
  if (status === 403 || serverCode === "PublicAccessNotPermitted") {
    return {
      code: "BENTO_FORBIDDEN",
      hint: "Have the right to do this granted, or give other credentials: user and password, params.sas, AZURE_STORAGE_*.",
    };
  }
  return {};
}

function withoutAnswer(error: RestFailure, about: Doing): BentoError {
  const isIdentity = /Credential|Authentication/.test(error.name);
  // The library says so of every body that ends early, and of a connection that broke in the middle of one.
  const isBroken = error.name === "AbortError" || error.message.startsWith("Data corruption failure") || error.code === "PARSE_ERROR";
  const reason = isBroken ? "the connection broke" : firstLine(error.message);
  return remoteFailure({
    ...about,
    reason,
    code: isIdentity ? "BENTO_UNAUTHORIZED" : undefined,
    hint: isIdentity ? "Log in (az login), or give user and password, params.sas or AZURE_STORAGE_*." : undefined,
    isTransient: !isIdentity && (isBroken || isLostConnection(error)),
    cause: Object.assign(new Error(reason), { code: error.code }),
  });
}

/** The server's sentence: the lines below it are numbers of the request, and what it signed. */
function firstLine(text: string): string {
  const line = text.trim().split("\n", 1)[0]?.trim() ?? "";
  return line.startsWith("<") ? "" : line;
}

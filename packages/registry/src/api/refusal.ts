import { BentoError, type BentoErrorCode, errorCodes } from "@bento/core";
import type { IncomingHttpHeaders } from "node:http";
import { RefusedAnswer } from "./network-failure.js";

/** Characters of a server's words that a message quotes. */
const quotedWords = 600;

/** What is to be known of an answer to say why it is an error. */
export interface Refusal {
  /** What was asked, after "cannot": `read "digits:v1"`. */
  readonly what: string;
  /** The registry, or another host that it named. */
  readonly endpoint: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The beginning of its body. */
  readonly text: string;
  /** The code of what is not there; by default BENTO_NOT_FOUND. */
  readonly absent?: BentoErrorCode | undefined;
  /** Takes what nobody may see out of a text. */
  readonly redact: (text: string) => string;
}

/** The error for an answer that is none of the wanted ones, in the server's own words. */
export function refusalOf(refusal: Refusal): BentoError {
  const { what, endpoint, status, headers, text, redact } = refusal;
  const given = givenError(text);
  const [code, hint] = codeOf(refusal, given);
  const words = redact(wordsOf(refusal, given));
  const trace = headers["x-trace-id"];
  const traced = typeof trace === "string" ? `, trace ${redact(trace.slice(0, 100))}` : "";
  const message = `${JSON.stringify(endpoint)} cannot ${what}: ${words} (HTTP ${status}${traced})`;
  const retryAfterMs = retryAfter(headers["retry-after"]);
  return new BentoError(code, message, {
    hint: given?.hint === undefined ? hint : redact(given.hint),
    retryAfterMs,
    cause: new RefusedAnswer(status),
  });
}

/** Whether an answer says that something is not there: old servers say it with a 400. */
function saysAbsent(status: number, text: string): boolean {
  return status === 404 || (status === 400 && text.includes("record not found"));
}

interface GivenError {
  readonly words: string;
  readonly code?: string | undefined;
  readonly hint?: string | undefined;
}

/** What a registry says: ours `{error, code, hint}`, others `{error}` or `{message}`, and gateways anything. */
function givenError(text: string): GivenError | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { error, message, detail, code, hint } = value as Record<string, unknown>;
  const words = [error, message, detail].find((each) => typeof each === "string" && each !== "") as string | undefined;
  if (words === undefined) return undefined;
  return { words, code: typeof code === "string" ? code : undefined, hint: typeof hint === "string" ? hint : undefined };
}

function wordsOf({ status, headers, text }: Refusal, given: GivenError | undefined): string {
  if (given !== undefined) return shortened(given.words);
  if (status >= 300 && status < 400) return `it answers with a redirect to ${placeOf(headers.location)}, and the token does not go there`;
  return text.trim() === "" ? "it gives no reason" : shortened(text);
}

function shortened(text: string): string {
  const words = text.replaceAll(/\s+/g, " ").trim();
  return words.length > quotedWords ? `${words.slice(0, quotedWords)}…` : words;
}

/** Without the query, which may hold credentials. */
function placeOf(location: string | undefined): string {
  return location === undefined ? "nowhere" : JSON.stringify(location.split(/[?#]/, 1)[0]);
}

const logIn = "Log in again: `bento cloud login`; or look at the token in BENTO_CLOUD_API_KEY.";

function codeOf(
  { status, text, absent }: Refusal,
  given: GivenError | undefined,
): readonly [code: BentoErrorCode, hint: string | undefined] {
  const own = given?.code as BentoErrorCode | undefined;
  // Whoever asks knows best what was not there.
  if (absent !== undefined && saysAbsent(status, text)) return [absent, undefined];
  // A code is believed where it says what the status says.
  if (own !== undefined && Object.hasOwn(errorCodes, own) && errorCodes[own].status === status) return [own, defaultHint(status)];
  if (saysAbsent(status, text)) return ["BENTO_NOT_FOUND", undefined];
  return [codes[status] ?? "BENTO_REGISTRY_FAILED", defaultHint(status)];
}

const codes: Readonly<Record<number, BentoErrorCode>> = {
  401: "BENTO_UNAUTHORIZED",
  403: "BENTO_FORBIDDEN",
  409: "BENTO_CONFLICT",
  413: "BENTO_PAYLOAD_TOO_LARGE",
  429: "BENTO_TOO_MANY_REQUESTS",
  507: "BENTO_QUOTA_EXCEEDED",
};

function defaultHint(status: number): string | undefined {
  if (status === 401) return logIn;
  if (status === 403) return "Use a token that may do this.";
  if (status >= 300 && status < 400) return "Use the registry's own address as the endpoint, as it is behind the redirect.";
  return undefined;
}

function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const seconds = Number(header);
  const milliseconds = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(milliseconds) ? Math.max(milliseconds, 0) : undefined;
}

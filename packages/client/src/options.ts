import { BentoError } from "@bento/core";
import type { ClientHooks } from "./hooks.js";
import type { OnProgress } from "./progress.js";
import type { ServiceDocument } from "./service-document.js";

/** What a client needs of `fetch`; the global one and a Hono app's `app.request` both fit. */
export type Fetch = (url: string, init: RequestInit) => Response | Promise<Response>;

/** Headers as a plain object or a `Headers`. */
export type HeadersLike = Headers | Readonly<Record<string, string>>;

/** How urgent a call is: 0, the most, to 7. */
export type Priority = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** Options of one call: the second argument of every endpoint. */
export interface CallOptions {
  /** Aborting it ends the call with `BENTO_CANCELLED`, and the server's work with it. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the whole answer must be there, or the first byte of a stream; the server is told. Default: the client's. */
  readonly timeoutMs?: number | undefined;
  /** Sent as `Priority: u=0`, for services that let urgent calls go first. Default: the client's. */
  readonly priority?: Priority | undefined;
  /** What stands in the path for each `{name}` of the endpoint's route. */
  readonly params?: Readonly<Record<string, string | number>> | undefined;
  /** Sent with this call; these win over the client's own. */
  readonly headers?: HeadersLike | undefined;
  /** Tries after the first, 0 for none. Default: the client's. */
  readonly retries?: number | undefined;
  /**
   * Whether it does no harm when the service works on this call twice: then it is also sent again when its connection
   * broke, or the worker died that worked on it. A header `Idempotency-Key` says the same. Default: the client's.
   */
  readonly idempotent?: boolean | undefined;
  /** Told as the input goes out: bytes of the request's body, files and all. */
  readonly onUploadProgress?: OnProgress | undefined;
  /**
   * Whether a file that the service answers is given before all of it is there: it can then be read once, as it comes, and
   * only the signals end it. Default false: it is in memory, or where the browser keeps its blobs.
   */
  readonly streamFile?: boolean | undefined;
  /** Told as an answer comes that is no stream of items. */
  readonly onDownloadProgress?: OnProgress | undefined;
}

/** Options of `createClient`. */
export interface ClientOptions {
  /** Sent as `Authorization: Bearer`. It enters no message and follows no redirect to another origin. */
  readonly token?: string | undefined;
  /**
   * Milliseconds that any call may take, its retries included. Default: one percent more than the service itself takes
   * (its `traffic.timeout`), so that its own word is heard; 60,000 where that is not known. `Infinity` waits for ever.
   * What is given here, or for a call, goes to the server as `X-Request-Timeout`: a server of Bento's begins nothing that
   * it could no longer answer.
   */
  readonly timeoutMs?: number | undefined;
  /** How urgent its calls are, for services that let urgent ones go first; default: nothing is said, which means 3. */
  readonly priority?: Priority | undefined;
  /**
   * Tries that a call has after the first; default 3, 0 for none. A call is sent again when no connection came about, or
   * when it was refused with 429 or 503 and told when to come back, which is honoured up to ten seconds. Pauses grow from
   * a third of a second, and all calls of a client together make at most a fifth more requests, and ten beside.
   */
  readonly retries?: number | undefined;
  /** Whether its calls may be worked on twice, as `idempotent` of a call. Default false. */
  readonly idempotent?: boolean | undefined;
  /**
   * Most bytes of an answer that are taken into memory, or of one item of a stream; default 512 MiB, `Infinity` for any
   * number. A file that is read as it comes, with `streamFile`, may be longer.
   */
  readonly maxAnswerBytes?: number | undefined;
  /** Told of every request of a call; for tracing. */
  readonly hooks?: ClientHooks | undefined;
  /** Used in place of the global `fetch`. */
  readonly fetch?: Fetch | undefined;
  /** What the service answers at `/schema.json`, where it is known already; else it is asked for once, on first use. */
  readonly schema?: ServiceDocument | undefined;
  /**
   * Sent with every call; these follow no redirect to another origin. Browsers follow redirects by themselves: they pass on
   * what that origin takes by its CORS rules, and never `Authorization`.
   */
  readonly headers?: HeadersLike | undefined;
  /** Aborting it ends every call of this client. */
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds that a call may take where nothing else is said. */
export const defaultTimeoutMs = 60_000;

/** @throws BENTO_CONFIG_INVALID when `value` is no duration */
export function checkTimeout(value: number | undefined, fallback: number): number {
  return checkAmount("timeoutMs", "milliseconds", value) ?? fallback;
}

/**
 * An option that is an amount.
 * @throws BENTO_CONFIG_INVALID when `value` is none
 */
export function checkAmount(name: string, unit: string, value: number | undefined): number | undefined {
  if (value === undefined || (typeof value === "number" && value > 0)) return value;
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  throw new BentoError("BENTO_CONFIG_INVALID", `${name} must be a number of ${unit} above 0, not ${shown}.`, {
    hint: "Use Infinity for no limit.",
  });
}

/** @throws BENTO_CONFIG_INVALID when `value` is no signal, such as the controller behind one */
export function checkSignal(value: AbortSignal | undefined): AbortSignal | undefined {
  if (value === undefined || typeof value.addEventListener === "function") return value;
  throw new BentoError("BENTO_CONFIG_INVALID", "The option `signal` is no AbortSignal.", { hint: "Pass `controller.signal`." });
}

/**
 * The header that says how urgent a call is, where anything is to be said.
 * @throws BENTO_CONFIG_INVALID when `value` is no priority
 */
export function priorityHeaders(value: Priority | undefined): Readonly<Record<string, string>> | undefined {
  if (value === undefined) return undefined;
  if (Number.isInteger(value) && value >= 0 && value <= 7) return { priority: `u=${value}` };
  throw new BentoError("BENTO_CONFIG_INVALID", `The option \`priority\` is ${JSON.stringify(value)}.`, {
    hint: "Give a whole number from 0, the most urgent, to 7.",
  });
}

import { BentoError } from "@bento/core";
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
  /** Sent with this call; these win over the client's own. */
  readonly headers?: HeadersLike | undefined;
}

/** Options of `createClient`. */
export interface ClientOptions {
  /** Sent as `Authorization: Bearer`. It enters no message and follows no redirect to another origin. */
  readonly token?: string | undefined;
  /**
   * Milliseconds that any call may take; default 60,000, as long as a server works on one. `Infinity` waits for ever. What
   * is given here, or for a call, goes to the server as `X-Request-Timeout`: a server of Bento's begins nothing that it
   * could no longer answer.
   */
  readonly timeoutMs?: number | undefined;
  /** How urgent its calls are, for services that let urgent ones go first; default: nothing is said, which means 3. */
  readonly priority?: Priority | undefined;
  /** Used in place of the global `fetch`. */
  readonly fetch?: Fetch | undefined;
  /** What the service answers at `/schema.json`, where it is known already; else it is asked for once, on first use. */
  readonly schema?: ServiceDocument | undefined;
  /** Sent with every call; these follow no redirect to another origin. */
  readonly headers?: HeadersLike | undefined;
  /** Aborting it ends every call of this client. */
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds that a call may take where nothing else is said. */
export const defaultTimeoutMs = 60_000;

/** @throws BENTO_CONFIG_INVALID when `value` is no duration */
export function checkTimeout(value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value === "number" && value > 0) return value;
  throw new BentoError(
    "BENTO_CONFIG_INVALID",
    `timeoutMs must be a number of milliseconds above 0, not ${typeof value === "string" ? JSON.stringify(value) : String(value)}.`,
    {
      hint: "Use Infinity to wait without limit.",
    },
  );
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

import { BentoError, fromErrorResponse } from "@bento/core";
import { type Body, bodyInit, isOnce } from "./body.js";
import { startOfBody } from "./body-texts.js";
import { mostErrorBytes } from "./bounded-answer.js";
import type { Deadline } from "./deadline.js";
import { markFailure, networkFailureKind } from "./failure-kind.js";
import type { Fetch, HeadersLike } from "./options.js";
import { patientInit } from "./patience.js";
import type { OnProgress } from "./progress.js";
import { retryAfterMs } from "./retry-after.js";
import type { SettledConnections } from "./settled-connections.js";

/** Where a client sends to, and as whom. */
export interface Connection {
  /** The service's URL: no query, no credentials, no slash at the end. */
  readonly baseUrl: string;
  /** Sent along, to the service's own origin alone; the token is among them. */
  readonly headers: Headers;
  readonly fetch: Fetch | undefined;
  readonly settled: SettledConnections;
}

/** One request, before it is known where redirects lead. */
export interface Outgoing {
  readonly method: "GET" | "POST" | "DELETE";
  readonly url: string;
  /** Of this call: they win over the connection's, and stay at its origin as those do. */
  readonly headers: HeadersLike | undefined;
  /** Describe the body, and go wherever it goes. */
  readonly bodyHeaders: Readonly<Record<string, string>>;
  readonly body: Body | undefined;
  readonly onUploadProgress?: OnProgress | undefined;
  /** Told of the answer's head, whatever its status. */
  readonly onResponse?: ((response: Response) => void) | undefined;
}

const mostRedirects = 5;

/**
 * Checks a service's URL.
 * @throws BENTO_CONFIG_INVALID, never quoting credentials or a query
 */
export function toBaseUrl(url: string | URL): string {
  const page = (globalThis as { location?: { href?: string } }).location?.href;
  const parsed = URL.canParse(url, page) ? new URL(url, page) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new BentoError("BENTO_CONFIG_INVALID", `"${withoutSecrets(String(url))}" is not the http or https URL of a service.`, {
      hint: 'Write it in full: "http://localhost:3000".',
    });
  }
  if (parsed.username !== "" || parsed.password !== "" || parsed.search !== "" || parsed.hash !== "") {
    throw new BentoError("BENTO_CONFIG_INVALID", `The URL of ${placeOf(parsed)} carries more than a place.`, {
      hint: "Pass credentials as `token` or `headers`, and leave out query and fragment.",
    });
  }
  return parsed.href.replace(/\/+$/, "");
}

/**
 * The headers of every request.
 * @throws BENTO_CONFIG_INVALID for a value that no header can carry, without quoting it
 */
export function toHeaders(token: string | undefined, ...layers: readonly (HeadersLike | undefined)[]): Headers {
  const headers = new Headers();
  try {
    if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
    for (const layer of layers) new Headers(layer).forEach((value, name) => headers.set(name, value));
  } catch {
    // The platform's own error quotes the value, which may be the token: it is no cause to pass on.
    throw new BentoError("BENTO_CONFIG_INVALID", "The token or a header holds characters that no HTTP header can carry.", {
      hint: "Look for line breaks, for instance at the end of a token that was read from a file.",
    });
  }
  return headers;
}

/**
 * Sends a request and answers with the response, whatever its body.
 *
 * Redirects are followed here, so that nothing secret goes to another origin whichever `fetch` is used; those that would
 * turn a POST into a GET are refused.
 *
 * @throws what the service answered with from status 400 up; BENTO_REMOTE_FAILED when there is no answer; the deadline's reason
 */
export async function send(connection: Connection, outgoing: Outgoing, deadline: Deadline): Promise<Response> {
  let url = outgoing.url;
  await connection.settled.settle();
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const response = await fetchOnce(connection, outgoing, url, deadline);
    const location = response.status >= 300 && response.status < 400 ? response.headers.get("location") : null;
    connection.settled.used();
    if (location === null) {
      outgoing.onResponse?.(response);
      return checked(response, outgoing.method, url, deadline);
    }
    await response.body?.cancel();
    url = nextUrl(url, location, outgoing, response.status);
  }
  throw new BentoError(
    "BENTO_REMOTE_FAILED",
    `${outgoing.method} ${placeOf(outgoing.url)} was redirected more than ${mostRedirects} times.`,
  );
}

/** A URL as messages may show it: without credentials, query and fragment. */
export function placeOf(url: string | URL): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** @throws the deadline's reason if that is why it failed, else BENTO_REMOTE_FAILED with the failure as its cause */
export function throwNetworkFailure(what: string, deadline: Deadline, cause: unknown): never {
  if (deadline.signal.aborted) throw deadline.signal.reason;
  if (BentoError.is(cause)) throw cause;
  // Of reading, where an answer is deeper than the stack.
  if (cause instanceof RangeError)
    throw new BentoError("BENTO_REMOTE_FAILED", `${what} was answered with what cannot be read: ${cause.message}.`, { cause });
  const kind = networkFailureKind(cause);
  const hint =
    kind === "unsent"
      ? "Check that the service is running and reachable under this URL."
      : "Check that the service is running. It may have worked on this; where that does no harm, the option `idempotent` has it sent again.";
  throw markFailure(new BentoError("BENTO_REMOTE_FAILED", `${what} failed: ${reasonOf(cause)}.`, { cause, hint }), kind);
}

async function fetchOnce(connection: Connection, outgoing: Outgoing, url: string, deadline: Deadline): Promise<Response> {
  const { method, body, bodyHeaders, onUploadProgress } = outgoing;
  const isHome = new URL(url).origin === new URL(connection.baseUrl).origin;
  const headers = isHome ? toHeaders(undefined, connection.headers, outgoing.headers, bodyHeaders) : toHeaders(undefined, bodyHeaders);
  const patience = patientInit(deadline.leftMs, headers.get("accept") === "text/event-stream");
  const init: RequestInit = { method, headers, signal: deadline.signal, ...patience };
  const fetch: Fetch = connection.fetch ?? ((target, options) => globalThis.fetch(target, options));
  deadline.signal.throwIfAborted();
  try {
    if (onUploadProgress && connection.fetch === undefined && "XMLHttpRequest" in globalThis) {
      const { xhrFetch } = await import("./xhr-fetch.js");
      return await deadline.race(xhrFetch(url, init, body, onUploadProgress));
    }
    const sendBody = (redirect: RequestRedirect) => fetch(url, { ...init, ...bodyInit(body, onUploadProgress, deadline), redirect });
    const response = await deadline.race(sendBody("manual"));
    // A browser hides where a redirect leads. It drops Authorization on the way to another origin by itself.
    return response.type === "opaqueredirect" ? await deadline.race(sendBody("follow")) : response;
  } catch (error) {
    return throwNetworkFailure(`${method} ${placeOf(url)}`, deadline, error);
  }
}

async function checked(response: Response, method: string, url: string, deadline: Deadline): Promise<Response> {
  if (response.status < 400) return response;
  try {
    const text = await deadline.race(startOfBody(response, mostErrorBytes));
    throw markFailure(fromErrorResponse(response.status, text, retryAfterMs(response.headers)), "answered");
  } catch (error) {
    return throwNetworkFailure(`${method} ${placeOf(url)}`, deadline, error);
  }
}

function nextUrl(url: string, location: string, { method, body }: Outgoing, status: number): string {
  const target = URL.canParse(location, url) ? new URL(location, url) : undefined;
  const what = `${method} ${placeOf(url)} was redirected (${status})`;
  if (!target || !/^https?:$/.test(target.protocol)) throw new BentoError("BENTO_REMOTE_FAILED", `${what} to what is no URL.`);
  if (method === "POST" && status !== 307 && status !== 308) {
    const hint = `Give the client the URL behind the redirect; it leads to ${placeOf(target)}.`;
    throw new BentoError("BENTO_REMOTE_FAILED", `${what}, which would drop its body.`, { hint });
  }
  if (isOnce(body)) {
    const hint = `Give the client the URL behind the redirect; it leads to ${placeOf(target)}.`;
    throw new BentoError("BENTO_REMOTE_FAILED", `${what}, and its body, a stream, cannot be sent again.`, { hint });
  }
  return target.href;
}

/** The innermost words: Node's `fetch` says only "fetch failed" and keeps the reason in its cause. */
function reasonOf(cause: unknown): string {
  const inner: unknown = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code = (inner as { code?: unknown } | undefined)?.code;
  const text = inner instanceof Error ? inner.message : String(inner);
  return text === "" && typeof code === "string" ? code : text.replace(/\.$/, "");
}

function withoutSecrets(url: string): string {
  return url.replace(/[?#].*$/s, "").replace(/^([a-z][a-z\d+.-]*:\/+)?[^/]*@/i, "$1");
}

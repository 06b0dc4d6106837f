import { Routes } from "../../../network/routes.js";
import { idleMs as usualIdleMs, type RemoteContent } from "../../remote.js";
import type { Asking } from "./asking.js";
import type { Authorization } from "./authorization.js";
import { exchange, StaleConnection } from "./exchange.js";
import { redirectTarget } from "./redirect-target.js";
import { connectForStranger, type StrangerRules } from "./strangers.js";
import type { WebAnswer } from "./web-answer.js";

/** Hops besides the first. */
const maxRedirects = 5;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Methods that change nothing, so that they may be sent to where an answer says. */
const harmless: ReadonlySet<string> = new Set(["GET", "HEAD", "PROPFIND"]);
/** Times that one request is sent, when servers ask for another proof of who sends it. */
const maxProofs = 3;
/** From here on a server is asked whether it wants a body before that is sent. Bytes. */
const largeBody = 1024 * 1024;
/** Connections that are kept though nobody needs them now. */
const maxSpare = 16;

/** What is asked of a server. */
export interface WebRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: RemoteContent | undefined;
  readonly asking: Asking;
  /** Told of each answer on the way, redirects included; may throw. */
  readonly onAnswer?: ((answer: WebAnswer) => void) | undefined;
  /** Whether a redirect to another server is the answer. */
  readonly staysHere?: boolean | undefined;
}

/** How a client asks. */
export interface WebClientOptions {
  /** Where credentials belong: they go to this scheme, host and port alone. */
  readonly origin: string;
  readonly authorization?: Authorization | undefined;
  /** Given where the URL comes from somebody who is not trusted. */
  readonly strangers?: StrangerRules | undefined;
  /** Certificates of authorities. @default those that Node knows */
  readonly ca?: string | undefined;
  /** @default {@link usualIdleMs} */
  readonly idleMs?: number | undefined;
}

/** Requests over HTTP, on connections that are kept. No cookies; credentials for one origin; every redirect is looked at; strangers' URLs through no proxy. */
export class WebClient {
  readonly #options: WebClientOptions;
  readonly #idleMs: number;
  readonly #routes: Routes;

  constructor(options: WebClientOptions) {
    this.#options = options;
    this.#routes = new Routes({ maxFreeSockets: maxSpare, ca: options.ca });
    this.#idleMs = options.idleMs ?? usualIdleMs;
  }

  /**
   * Sends a request, with a proof of who sends it where the server wants one, and goes after redirects.
   * @returns the answer, whatever its status
   * @throws BENTO_TRANSFER_FAILED where none comes; BENTO_CANCELLED; BENTO_BAD_REQUEST for strangers' URLs that lead inside
   */
  async ask(request: WebRequest): Promise<WebAnswer> {
    const { asking, method, staysHere = false } = request;
    let url = request.url;
    for (let hop = 0; hop <= maxRedirects; hop += 1) {
      const answer = await this.#askAt(url, request);
      try {
        request.onAnswer?.(answer);
        const { location } = answer.headers;
        if (!redirects.has(answer.status) || location === undefined) return answer;
        const target = redirectTarget(location, url, asking);
        if (staysHere && target.origin !== url.origin) return answer;
        if (!harmless.has(method)) throw redirected(target, asking);
        await answer.skip();
        url = target;
      } catch (error) {
        answer[Symbol.dispose]();
        throw error;
      }
    }
    throw asking.failure({ reason: "it redirects without end" });
  }

  /** Ends all that it is doing. */
  close(): void {
    this.#routes.close();
  }

  /** Asks one server, as often as that wants another proof. */
  async #askAt(url: URL, request: WebRequest): Promise<WebAnswer> {
    const { origin, authorization } = this.#options;
    const own = url.origin === origin ? authorization : undefined;
    for (let proof = 1; ; proof += 1) {
      const header = own?.header(request.method, url);
      const answer = await this.#askOnce(url, request, header);
      if (answer.status !== 401 || own === undefined || proof === maxProofs) return answer;
      if (!own.challenged(answer.headers["www-authenticate"] ?? "", header)) return answer;
      await answer.skip();
    }
  }

  async #askOnce(url: URL, { method, body, asking, headers }: WebRequest, authorization: string | undefined): Promise<WebAnswer> {
    const { strangers } = this.#options;
    const idleMs = this.#idleMs;
    const over =
      strangers === undefined
        ? { route: await this.#routes.to(url) }
        : { socket: await connectForStranger(url, strangers, asking, idleMs) };
    const all = {
      accept: "*/*",
      // Packed, a range would be one of other bytes.
      "accept-encoding": "identity",
      "user-agent": "bento",
      ...(authorization === undefined ? {} : { authorization }),
      ...(strangers === undefined ? {} : { connection: "close" }),
      ...bodyHeaders(body, authorization),
      ...headers,
    };
    for (;;) {
      try {
        return await exchange({ method, url, headers: all, body, asking, over, idleMs });
      } catch (error) {
        if (!(error instanceof StaleConnection)) throw error;
        // Of what changes something nobody knows whether it was done.
        if (!harmless.has(method)) throw asking.failure({ reason: "the server closed the connection", isTransient: true });
      }
    }
  }
}

function bodyHeaders(body: RemoteContent | undefined, authorization = ""): Readonly<Record<string, string>> {
  if (body === undefined) return {};
  const { size } = body;
  // Node sends the head of such a request by itself, and as UTF-8, while everywhere else a character is a byte.
  const mayAsk = (size === undefined || size > largeBody) && /^[\x20-\x7e]*$/.test(authorization);
  return {
    "content-type": "application/octet-stream",
    ...(size === undefined ? { "transfer-encoding": "chunked" } : { "content-length": String(size) }),
    ...(mayAsk ? { expect: "100-continue" } : {}),
  };
}

function redirected({ protocol, host }: URL, asking: Asking): Error {
  return asking.failure({
    reason: `the server redirects it to ${protocol}//${host}, and only what is read goes there`,
    hint: "Name the place that it redirects to.",
  });
}

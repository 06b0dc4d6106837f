import { setMaxListeners } from "node:events";
import type { Socket } from "node:net";
import { BentoError } from "@bento/core";
import { HttpsProxyAgent } from "https-proxy-agent";

import type { RoutesOptions } from "./routes.js";

type Connecting = HttpsProxyAgent<string>["connect"];

/** Connections to servers over TLS, through a proxy that passes on bytes that it cannot read. */
export class TunnelAgent extends HttpsProxyAgent<string> {
  readonly #closing: AbortController;
  readonly #onConnection: ((socket: Socket) => void) | undefined;

  /** @param onConnection told of each one before its first request */
  constructor(proxy: URL, { ca, ...options }: RoutesOptions, onConnection?: (socket: Socket) => void) {
    const closing = new AbortController();
    setMaxListeners(0, closing.signal);
    super(proxy.href, { ...options, keepAlive: true, signal: closing.signal });
    this.#closing = closing;
    this.#onConnection = onConnection;
    // The library takes these for the way to the proxy alone.
    Object.assign(this.options, { ca, timeout: options.timeout });
  }

  /** @throws BENTO_UNAUTHORIZED, BENTO_FORBIDDEN or BENTO_TRANSFER_FAILED where the proxy refuses */
  override async connect(...[request, options]: Parameters<Connecting>): ReturnType<Connecting> {
    let status = 200;
    request.once("proxyConnect", (answer: { readonly statusCode: number }) => (status = answer.statusCode));
    const socket = await super.connect(request, options);
    if (status !== 200) {
      // The library would give this as an answer of the server.
      socket.destroy();
      throw this.#refused(`${options.host ?? ""}:${options.port ?? ""}`, status);
    }
    this.#onConnection?.(socket);
    return socket;
  }

  #refused(target: string, status: number): Error {
    const reason = `the proxy ${this.proxy.host} does not connect to ${target} (status ${status})`;
    // Which may pass, as where somebody is not reached without a proxy.
    if (status >= 500) return Object.assign(new Error(reason), { code: "ECONNREFUSED" });
    const isLogin = status === 407 || status === 401;
    const code = isLogin ? "BENTO_UNAUTHORIZED" : status === 403 ? "BENTO_FORBIDDEN" : "BENTO_TRANSFER_FAILED";
    return new BentoError(code, `T${reason.slice(1)}.`, {
      hint: isLogin
        ? "Write its user and password into the environment: HTTPS_PROXY=http://user:password@proxy.example:3128."
        : "Ask who runs it, or name the host in NO_PROXY where it can be reached without.",
    });
  }

  /** Ends also what the proxy has not answered yet, of which nobody else knows. */
  override destroy(): void {
    this.#closing.abort();
    super.destroy();
  }
}

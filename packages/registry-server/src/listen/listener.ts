import { createServer as createPlainServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, Server as NetServer, type Socket } from "node:net";

import { BentoError } from "@bento/core";

import { watchBody } from "./slow-bodies.js";

/** Longer than clients and load balancers keep idle connections, so that it is never they who find one closed. */
const keepAliveMs = 65_000;
/** The head of a request has to be there in this time. Milliseconds. */
const headersMs = 30_000;
/** Names, values and the path together. */
const maxHeaderBytes = 16 * 1024;

/** A certificate with its key, in PEM. */
export interface TlsFiles {
  readonly cert: string | Uint8Array;
  readonly key: string | Uint8Array;
}

export interface ListenerOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly tls?: TlsFiles | undefined;
}

/** An HTTP server that listens, and knows how to stop without losing what it has accepted. */
export class Listener {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: ReadonlySet<Socket>;

  private constructor(server: Server, sockets: ReadonlySet<Socket>) {
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.#sockets = sockets;
  }

  /**
   * Resolves when it listens.
   * @throws BENTO_LISTEN_FAILED when host and port cannot be had; BENTO_CONFIG_INVALID when the certificate cannot be used
   */
  static async open(handler: RequestListener, options: ListenerOptions): Promise<Listener> {
    const server = makeServer((request, response) => {
      watchBody(request);
      // While it drains, a connection ends with its answer.
      response.once("close", () => setImmediate(() => !server.listening && server.closeIdleConnections()));
      handler(request, response);
    }, options.tls);
    const sockets = new Set<Socket>();
    // Of an encrypted connection only the inner socket counts what was read.
    server.on(options.tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
    await listen(server, options);
    return new Listener(server, sockets);
  }

  /** Accepts nothing new; resolves when every answer has left. What is not done after the time is broken off. */
  async drain(timeoutMs: number): Promise<void> {
    // That of http.Server closes at once what lies idle, and with it what is on the wire.
    const drained = new Promise<void>((resolve) => NetServer.prototype.close.call(this.#server, () => resolve()));
    this.#server.closeIdleConnections();
    for (const socket of this.#sockets) if (socket.bytesRead === 0) socket.destroy();
    const timer = setTimeout(() => this.#server.closeAllConnections(), timeoutMs);
    await drained;
    clearTimeout(timer);
    // Ends a timer of its own.
    this.#server.close();
  }

  /** Breaks every connection off. */
  force(): void {
    this.#server.closeAllConnections();
  }
}

function makeServer(handler: RequestListener, tls: TlsFiles | undefined): Server {
  // A body has no time as a whole, for it may be a model; `slow-bodies.ts` looks after it.
  const options = { keepAliveTimeout: keepAliveMs, headersTimeout: headersMs, requestTimeout: 0, maxHeaderSize: maxHeaderBytes };
  if (tls === undefined) return createPlainServer(options, handler);
  try {
    return createTlsServer({ ...options, cert: bytes(tls.cert), key: bytes(tls.key), minVersion: "TLSv1.2" }, handler);
  } catch (cause) {
    throw new BentoError("BENTO_CONFIG_INVALID", `The certificate or its key cannot be used: ${(cause as Error).message}`, {
      cause,
      hint: "Both are files in PEM, and the key belongs to the certificate.",
    });
  }
}

function bytes(pem: string | Uint8Array): string | Buffer {
  return typeof pem === "string" ? pem : Buffer.from(pem);
}

function listen(server: Server, { host, port }: ListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException) => reject(listenFailed(host, port, cause));
    server.once("error", fail);
    server.listen({ host, port }, () => {
      server.off("error", fail);
      resolve();
    });
  });
}

const listenHints: Partial<Record<string, string>> = {
  EADDRINUSE: "Another program listens there; stop it, or choose another port (0 takes any free one).",
  EACCES: "Ports below 1024 need special rights; choose another port.",
  EADDRNOTAVAIL: "The host is no address of this machine; use 127.0.0.1, or 0.0.0.0 for all of them.",
  ENOTFOUND: "The host cannot be resolved; use 127.0.0.1, or 0.0.0.0 for all addresses of this machine.",
};

function listenFailed(host: string, port: number, cause: NodeJS.ErrnoException): BentoError {
  return new BentoError("BENTO_LISTEN_FAILED", `Cannot listen on ${host}:${port}: ${cause.message}`, {
    cause,
    hint: listenHints[cause.code ?? ""],
  });
}

import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, Server as NetServer, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";

import { sweepLater } from "./bodies/sweep-later.js";
import { listen, type ListenAddress } from "./listen-address.js";

/** Longer than clients and load balancers keep idle connections, so that it is never they who find one closed. */
const keepAliveMs = 65_000;
/** The head of a request has to be there in this time. Milliseconds. */
const headersMs = 60_000;
/** What a client has sent before it could know that the server closes is read within this time. Milliseconds. */
const onTheWireMs = 20;
/** So long a connection may lie idle that is to be given one last answer. Milliseconds. */
const lastIdleMs = 5000;

/** What accepts connections; closing it leaves those that were accepted. Node's own, of a kind that it does not name. */
export interface Accepting {
  close(): void;
}

/** An HTTP server that listens, and knows how to stop without losing what it has accepted. */
export class HttpListener {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: ReadonlySet<Socket>;

  private constructor(server: Server, sockets: ReadonlySet<Socket>) {
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.#sockets = sockets;
  }

  /** Resolves when it listens. @throws BENTO_LISTEN_FAILED when host and port cannot be had */
  static async open(handler: RequestListener, address: ListenAddress): Promise<HttpListener> {
    const { server, sockets } = serverOf(handler);
    await listen(server, address);
    sweepLater();
    return new HttpListener(server, sockets);
  }

  /** Goes on with what accepts connections already, of Node's own kind. */
  static over(accepting: Accepting, handler: RequestListener): HttpListener {
    const { server, sockets } = serverOf(handler);
    return new HttpListener(server.listen(accepting), sockets);
  }

  /** Lets go of what accepts connections, for others to go on with it. */
  release(): Accepting {
    const server = this.#server as Server & { _handle: Accepting | null };
    const accepting = server._handle as Accepting;
    server._handle = null;
    return accepting;
  }

  /** Accepts nothing new; resolves when every answer has left. What is not done after the time is broken off. */
  drain(timeoutMs: number): Promise<void> {
    return this.#close(onTheWireMs, timeoutMs);
  }

  /**
   * The same where others go on listening: nobody must notice, so that a connection which lies idle stays for one more
   * answer, which has to say that it is the last. A client that sends while its connection is closed has lost a request.
   */
  retire(timeoutMs: number): Promise<void> {
    return this.#close(lastIdleMs, timeoutMs);
  }

  async #close(idleMs: number, timeoutMs: number): Promise<void> {
    // That of http.Server closes at once what lies idle.
    const drained = new Promise<void>((resolve) => NetServer.prototype.close.call(this.#server, () => resolve()));
    const idle = setTimeout(() => void this.#closeUnread(), Math.min(idleMs, timeoutMs));
    const timer = setTimeout(() => this.force(), timeoutMs);
    try {
      await drained;
    } finally {
      clearTimeout(idle);
      clearTimeout(timer);
      // It has a timer of its own.
      this.#server.close();
    }
  }

  /**
   * A process that had to wait for a processor finds its time over before it has looked at what came meanwhile: it looks
   * twice, since what brings a connection from another process does not bring its request yet.
   */
  async #closeUnread(): Promise<void> {
    await nextTurn();
    await nextTurn();
    this.closeIdle();
  }

  /** Closes the connections that nothing is asked on. */
  closeIdle(): void {
    this.#server.closeIdleConnections();
    // A connection that was opened ahead and has asked for nothing yet does not count as idle there.
    for (const socket of this.#sockets) if (socket.bytesRead === 0) socket.destroy();
  }

  /** Breaks every connection off. */
  force(): void {
    this.#server.closeAllConnections();
  }
}

function serverOf(handler: RequestListener): { readonly server: Server; readonly sockets: ReadonlySet<Socket> } {
  // Bodies have the time of their calls, and those that nobody reads one of their own; see `adapters/body-time.ts`.
  const server = createServer({ keepAliveTimeout: keepAliveMs, requestTimeout: 0, headersTimeout: headersMs }, handler);
  // Node would drop what comes after the first two thousand, the length of the body as well. They are bounded by their size.
  server.maxHeadersCount = 0;
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return { server, sockets };
}

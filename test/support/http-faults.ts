import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/**
 * What befalls a request.
 * - `answer`: the server never hears of it, and this is the answer;
 * - `replace`: the server does it, and this is the answer;
 * - `lose`: the server does it, and the connection breaks before its answer;
 * - `corrupt`: a bit of what is sent is another;
 * - `hold`: nobody ever answers.
 */
export type HttpFault =
  | {
      readonly kind: "answer" | "replace";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  | { readonly kind: "lose" | "corrupt" | "hold" };

/** A request that was seen. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query, as they came. */
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
}

/** Which requests something befalls; the server does not hear of one before that is known. */
export type HttpFaultOf = (request: SeenRequest) => HttpFault | undefined | Promise<undefined>;

/** Stands before an HTTP server of this machine, and lets single requests go wrong; all others get through as they are. */
export class HttpFaults implements AsyncDisposable {
  /** May be exchanged at any time. */
  faultOf: HttpFaultOf = () => undefined;
  /** All that came, in their order. */
  readonly seen: SeenRequest[] = [];
  readonly #server: Server;
  readonly #target: URL;

  private constructor(server: Server, target: string) {
    this.#server = server;
    this.#target = new URL(target);
    server.on("request", (asked, answer) => void this.#pass(asked, answer));
  }

  /** @param target where the server is */
  static async start(target: string): Promise<HttpFaults> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new HttpFaults(server, target);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many requests came that are so. */
  count(isSo: (request: SeenRequest) => boolean): number {
    return this.seen.filter(isSo).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  async #pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method = "GET", url = "/", headers } = asked;
    const seen = { method, url, headers };
    this.seen.push(seen);
    const fault = await this.faultOf(seen);
    if (fault?.kind === "hold") return;
    // A client that went away in the middle of what it sends.
    const body = await buffer(asked).catch(() => undefined);
    if (body === undefined) return;
    if (fault?.kind === "answer") {
      answer.writeHead(fault.status, fault.headers).end(fault.body);
      return;
    }
    if (fault?.kind === "corrupt") body.writeUInt8(body.readUInt8(0) ^ 1, 0);
    const { hostname, port } = this.#target;
    const passed = request({ hostname, port, method, path: url, headers });
    passed.on("error", () => answer.destroy());
    passed.on("response", (given) => void handOn(given, answer, fault));
    passed.end(body);
  }
}

async function handOn(given: IncomingMessage, answer: ServerResponse, fault: HttpFault | undefined): Promise<void> {
  const body = await buffer(given).catch(() => undefined);
  if (body === undefined || fault?.kind === "lose") answer.destroy();
  else if (fault?.kind === "replace") {
    const length = String(Buffer.byteLength(fault.body ?? ""));
    answer.writeHead(fault.status, { ...given.headers, "content-length": length, ...fault.headers }).end(fault.body);
  } else answer.writeHead(given.statusCode ?? 500, given.headers).end(body);
}

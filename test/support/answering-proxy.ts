import { createServer, type IncomingMessage, request as send, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** An answer that is given in place of the server's. */
export interface OwnAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
}

/** Which requests are answered here; all others go on to the server. */
export type AnswerOf = (request: IncomingMessage) => OwnAnswer | undefined;

/** A server that is sometimes not well: stands before one of this machine, and answers some requests by itself. */
export class AnsweringProxy implements AsyncDisposable {
  /** May be exchanged at any time. */
  answerOf: AnswerOf = () => undefined;
  /** Method and path of what was answered here. */
  readonly answered: string[] = [];
  readonly #server: Server;
  readonly #port: number;

  private constructor(port: number) {
    this.#port = port;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  /** @param port of the server */
  static async start(port: number): Promise<AnsweringProxy> {
    const proxy = new AnsweringProxy(port);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const own = this.answerOf(request);
    if (own !== undefined) {
      this.answered.push(`${request.method} ${request.url}`);
      // The body is taken, as a server does that is only busy.
      request.resume().once("end", () => response.writeHead(own.status, own.headers).end(own.body));
      return;
    }
    const { method, url: path, rawHeaders: headers } = request;
    const onward = send({ host: "127.0.0.1", port: this.#port, method, path, headers, setHost: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(response);
    });
    onward.once("error", () => response.destroy());
    response.once("close", () => onward.destroy());
    request.pipe(onward);
  }
}

import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { exchangesOf, type RecordedExchange } from "./scenarios.js";

/** What a client sent. */
export interface SeenRequest {
  /** `GET /api/v1/models?start=0`. */
  readonly line: string;
  /** Its JSON, if it had any. */
  readonly json: unknown;
  readonly body: Buffer;
  readonly headers: IncomingMessage["headers"];
}

/**
 * A registry that answers as a recorded one did: by method, path and query, in the order in which the same was asked.
 * What was answered last is answered again.
 */
export class Player implements AsyncDisposable {
  readonly seen: SeenRequest[] = [];
  readonly #server: Server;
  readonly #archives: string;
  #exchanges: readonly RecordedExchange[] = [];
  #answered = new Set<number>();
  #from = 0;
  #until = Number.POSITIVE_INFINITY;

  private constructor(archives: string) {
    this.#archives = archives;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** @param archives a folder with the archives that travelled */
  static async start(name: string, { archives, token }: { readonly archives: string; readonly token: string }): Promise<Player> {
    const player = new Player(archives);
    player.#server.listen(0, "127.0.0.1");
    await once(player.#server, "listening");
    player.#exchanges = exchangesOf(name, { host: player.host, token });
    return player;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Answers from now on as in a step: with what was recorded from its first request to its last. */
  step([first, last]: readonly number[]): void {
    this.#from = first ?? this.#from;
    this.#until = last ?? this.#until;
    this.seen.length = 0;
  }

  /** The recorded requests of a step. */
  recorded(first: number, last: number): readonly Pick<SeenRequest, "line" | "json">[] {
    return this.#exchanges
      .filter(({ n }) => n >= first && n <= last)
      .map(({ request }) => ({ line: lineOf(request), json: jsonOf(request.body) }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Uint8Array);
    } catch {
      return;
    }
    const body = Buffer.concat(chunks);
    const isJson = request.headers["content-type"] === "application/json";
    const [path = "", query = ""] = (request.url ?? "").split("?");
    const line = lineOf({ method: request.method ?? "", path, query });
    this.seen.push({ line, json: isJson ? JSON.parse(body.toString("utf8")) : null, body, headers: request.headers });
    const exchange = this.#next(line);
    if (exchange === undefined) {
      response.writeHead(404, { "content-type": "application/json" }).end(JSON.stringify({ error: `nothing was recorded for ${line}` }));
      return;
    }
    this.#play(exchange, response);
  }

  /** The next exchange of these words in the step that was not played yet, else the last one until now. */
  #next(line: string): RecordedExchange | undefined {
    const same = this.#exchanges.filter(({ n, request }) => n <= this.#until && fits(lineOf(request), line));
    const exchange = same.find(({ n }) => n >= this.#from && !this.#answered.has(n)) ?? same.at(-1);
    if (exchange !== undefined) this.#answered.add(exchange.n);
    return exchange;
  }

  #play({ response: recorded }: RecordedExchange, response: ServerResponse): void {
    const { status, headers = [], body = null, aborted } = recorded;
    if (status === null) return void response.destroy();
    const isBytes = body !== null && "sha256" in body;
    const bytes = this.#bytesOf(body, headers);
    for (const [name, value] of headers)
      if (!/^(?:content-length|transfer-encoding|connection)$/i.test(name)) response.appendHeader(name, value);
    const announced = headers.find(([name]) => name.toLowerCase() === "content-length")?.[1];
    if (isBytes && announced !== undefined) response.setHeader("content-length", announced);
    else if (!isBytes) response.setHeader("content-length", bytes.length);
    response.writeHead(status);
    if (aborted === undefined && (announced === undefined || !isBytes || bytes.length >= Number(announced)))
      return void response.end(bytes);
    response.write(bytes, () => response.destroy());
  }

  #bytesOf(body: NonNullable<RecordedExchange["response"]["body"]> | null, headers: readonly (readonly [string, string])[]): Buffer {
    if (body === null) return Buffer.alloc(0);
    if ("json" in body) return Buffer.from(JSON.stringify(body.json));
    if ("text" in body) return Buffer.from(body.text);
    const bytes = this.#archive(body.sha256) ?? this.#archive(headers.find(([name]) => name === "X-Checksum-Sha256")?.[1] ?? "");
    if (bytes === undefined) throw new Error(`There is no archive ${body.sha256}.`);
    // What was cut off lies there whole.
    const cut = bytes.subarray(0, body.size);
    if (createHash("sha256").update(cut).digest("hex") !== body.sha256) throw new Error(`${body.sha256} is not what it is called.`);
    return cut;
  }

  #archive(sha256: string): Buffer | undefined {
    const path = join(this.#archives, `${sha256}.tar`);
    return existsSync(path) ? readFileSync(path) : undefined;
  }
}

/** What `latest` stands for is asked for by its version, and pages of lists where Python's client asks for everything at once. */
function fits(recorded: string, asked: string): boolean {
  if (recorded.endsWith("/latest/download")) return /^GET .*\/bentos\/[^/]+\/download$/.test(asked);
  return recorded === asked || (/^GET \/api\/v1\/(?:models|bentos)$/.test(recorded) && asked.startsWith(`${recorded}?`));
}

function lineOf({ method, path, query }: { readonly method: string; readonly path: string; readonly query: string }): string {
  return `${method} ${path}${query === "" ? "" : `?${query}`}`;
}

function jsonOf(body: RecordedExchange["request"]["body"]): unknown {
  return body !== null && "json" in body ? body.json : null;
}

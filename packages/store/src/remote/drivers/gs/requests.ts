import { type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { finished } from "node:stream/promises";
import { Routes } from "../../../network/routes.js";
import type { IdleSignal } from "../shared/idle-signal.js";
import { partBody } from "../shared/part-body.js";
import type { Access } from "./access.js";
import { GoogleRefusal } from "./failure.js";
import type { BucketSettings } from "./settings.js";

/** One request of the JSON API. */
export interface Asked {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below the endpoint, encoded; or a whole URL, which needs no credentials: that of an upload. */
  readonly path: string | URL;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
}

/** How much of an answer that is no file is read. */
const longestText = 64 * 1024 * 1024;

/**
 * Requests to one bucket, one try each. They are made here and not by the library, whose own know no signal, hold a
 * whole file up for its end, and try again by rules of their own.
 */
export class BucketRequests {
  readonly #routes = new Routes();
  readonly #settings: BucketSettings;
  readonly #access: Access;

  constructor(settings: BucketSettings, access: Access) {
    this.#settings = settings;
    this.#access = access;
  }

  /** The path of the bucket's objects, or of one of them. */
  objects(key?: string): string {
    const path = `/storage/v1/b/${encodeURIComponent(this.#settings.bucket)}/o`;
    return key === undefined ? path : `${path}/${encodeURIComponent(key)}`;
  }

  /** Where new objects are sent. */
  get uploads(): string {
    return `/upload${this.objects()}`;
  }

  close(): void {
    this.#routes.close();
  }

  /** Sends a request, and gives the head of its answer. @throws GoogleRefusal for a status that is not one of `fine` */
  async ask(asked: Asked, request: IdleSignal, fine: readonly number[] = [200]): Promise<IncomingMessage> {
    const url = this.#urlOf(asked);
    const isOwn = typeof asked.path === "string";
    const headers = { ...(isOwn ? await this.#access.headers(request.signal) : undefined), ...asked.headers };
    const answer = await this.#send(url, { ...asked, headers }, request);
    const status = answer.statusCode ?? 0;
    if (fine.includes(status)) return answer;
    const text = await textOf(answer, request);
    throw new GoogleRefusal(status, text, answer.headers["retry-after"]);
  }

  /** The JSON of an answer. */
  async askJson(asked: Asked, request: IdleSignal): Promise<unknown> {
    const text = await textOf(await this.ask(asked, request), request);
    try {
      return JSON.parse(text);
    } catch {
      throw new Error("the server's answer is no JSON");
    }
  }

  #urlOf({ path, query = {} }: Asked): URL {
    if (path instanceof URL) return path;
    const url = new URL(this.#settings.endpoint + path);
    for (const [name, value] of Object.entries({ ...query, userProject: this.#settings.userProject })) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    return url;
  }

  async #send(url: URL, { method, headers = {}, body }: Asked, request: IdleSignal): Promise<IncomingMessage> {
    const { headers: forProxy, ...way } = await this.#routes.to(url);
    const length = body === undefined && method === "GET" ? {} : { "content-length": String(body?.length ?? 0) };
    const options = { ...way, method, headers: { host: url.host, ...headers, ...length, ...forProxy }, signal: request.signal };
    return new Promise((resolve, reject) => {
      // An error that comes after the answer's head ends the answer as well.
      const outgoing = (way.protocol === "https:" ? httpsRequest : httpRequest)(options, resolve).on("error", reject);
      if (body === undefined || body.length === 0) outgoing.end();
      else partBody(body, request).pipe(outgoing);
    });
  }
}

/** An answer's body as text. */
export async function textOf(answer: IncomingMessage, request: IdleSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    request.heard();
    size += chunk.length;
    if (size > longestText) throw new Error("the server's answer is far too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Waits for the end of an answer that says nothing more. */
export async function drain(answer: IncomingMessage): Promise<void> {
  answer.resume();
  await finished(answer);
}

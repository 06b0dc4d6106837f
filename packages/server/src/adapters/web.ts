import type { Writable } from "node:stream";

import { BentoError } from "@bento/core";

import { EventLoopShare } from "../event-loop-share.js";
import { callerGone, BodyCollector, bodyTooLarge, checkAnnouncedLength } from "../http/body-limit.js";
import type { Body, Incoming, TakeBody } from "../http/incoming.js";
import { isBodiless, isStream, type Reply } from "../http/reply.js";

/** How a web-standard request came to the app. */
export interface WebIncomingOptions {
  /** Path below the mount, percent-decoded. */
  readonly path: string;
  readonly mount: string;
  /** The body where somebody before has read it already. */
  readonly readBefore?: (() => Promise<Body>) | undefined;
}

/** A web-standard `Request`: `app.request()`, other runtimes, an app mounted in another Hono app. */
export class WebIncoming implements Incoming {
  readonly method: string;
  readonly path: string;
  readonly mount: string;
  readonly remote = undefined;
  readonly isHalfRead = false;
  readonly #request: Request;
  readonly #readBefore: (() => Promise<Body>) | undefined;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  constructor(request: Request, options: WebIncomingOptions) {
    this.#request = request;
    this.method = request.method;
    this.path = options.path;
    this.mount = options.mount;
    this.#readBefore = options.readBefore;
  }

  get url(): string {
    return this.#request.url;
  }

  get headers(): Headers {
    return this.#request.headers;
  }

  get rawHeaders(): readonly string[] {
    return [...this.#request.headers].flat();
  }

  header(name: string): string | undefined {
    return this.#request.headers.get(name) ?? undefined;
  }

  readBody(maxBytes: number, take: TakeBody): void {
    this.#read(maxBytes).then(take, (error: unknown) => take(BentoError.is(error) ? error : callerGone()));
  }

  pipeBody(target: Writable, maxBytes: number, take: TakeBody): void {
    this.#pipe(target, maxBytes).then(
      (read) => read && take(read),
      (error: unknown) => take(BentoError.is(error) ? error : callerGone()),
    );
  }

  abandonBody(): void {
    this.#reader?.cancel().catch(ignore);
  }

  onGone(listener: () => void): void {
    const { signal } = this.#request;
    if (signal.aborted) listener();
    else signal.addEventListener("abort", listener, { once: true });
  }

  /** @returns the body, where somebody has read it before, or there is none */
  async #open(maxBytes: number): Promise<Body | ReadableStreamDefaultReader<Uint8Array>> {
    checkAnnouncedLength(this.header("content-length"), maxBytes);
    if (this.#readBefore) return this.#readBefore();
    const body = this.#request.body as ReadableStream<Uint8Array> | null;
    if (!body) return { bytes: new Uint8Array() };
    return (this.#reader = body.getReader());
  }

  async #pipe(target: Writable, maxBytes: number): Promise<Body | undefined> {
    const reader = await this.#open(maxBytes);
    if (!("read" in reader)) return reader;
    for (let left = maxBytes; ;) {
      const { done, value } = await reader.read();
      if (target.destroyed) return undefined;
      if (done) return void target.end();
      left -= value.byteLength;
      if (left < 0) {
        this.abandonBody();
        throw bodyTooLarge(maxBytes);
      }
      if (!target.write(value)) await roomIn(target);
    }
  }

  async #read(maxBytes: number): Promise<Body> {
    const reader = await this.#open(maxBytes);
    if (!("read" in reader)) return reader;
    const collector = new BodyCollector(maxBytes);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { bytes: collector.take() };
      if (collector.add(value)) continue;
      this.abandonBody();
      throw bodyTooLarge(maxBytes);
    }
  }
}

/** The web-standard form of an answer. */
export function toResponse(reply: Reply, method: string): Response {
  const headers = new Headers();
  for (let at = 0; at < reply.headers.length; at += 2) headers.append(reply.headers[at] as string, reply.headers[at + 1] as string);
  const { status, body } = reply;
  if (isStream(body)) {
    if (method !== "HEAD") return new Response(toReadable(body), { status, headers });
    void body[Symbol.asyncIterator]().return?.().catch(ignore);
    return new Response(null, { status, headers });
  }
  if (!isBodiless(status)) headers.set("content-length", String(typeof body === "string" ? Buffer.byteLength(body) : body.byteLength));
  if (reply.close) headers.set("connection", "close");
  const isEmpty = method === "HEAD" || isBodiless(status);
  return new Response(isEmpty ? null : (body as string | Uint8Array<ArrayBuffer>), { status, headers });
}

/** Asks for the next piece only when the reader wants one; a reader that cancels ends the stream behind it. */
function toReadable(pieces: AsyncIterable<string | Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  const share = new EventLoopShare();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (share.isUsedUp) await share.giveWay();
        const { done, value } = await iterator.next();
        if (done === true) controller.close();
        else controller.enqueue(typeof value === "string" ? encoder.encode(value) : value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Resolves when a stream takes more, or will take no more at all. */
function roomIn(target: Writable): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      target.off("drain", settle).off("close", settle);
      resolve();
    };
    target.on("drain", settle).on("close", settle);
  });
}

function ignore(): void {}

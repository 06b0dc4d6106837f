import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Asking } from "./asking.js";
import type { IdleClock } from "./idle-clock.js";

/** Bytes that may have come without being read yet: then the server has to wait. */
const maxAhead = 1024 * 1024;

/** An answer whose head has come. Read its body or dispose of it: a connection is taken until then. */
export class WebAnswer implements Disposable {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** What answered, redirects gone after. */
  readonly url: URL;
  readonly #message: IncomingMessage;
  readonly #asking: Asking;
  readonly #clock: IdleClock;
  readonly #onEnd: () => void;
  readonly #queue: Uint8Array[] = [];
  #queued = 0;
  #isOver = false;
  #error: unknown;
  #wake: (() => void) | undefined;

  /** @param onEnd called once, when the connection is not needed any more */
  constructor(message: IncomingMessage, url: URL, asking: Asking, clock: IdleClock, onEnd: () => void) {
    this.status = message.statusCode ?? 0;
    this.headers = message.headers;
    this.url = url;
    this.#message = message;
    this.#asking = asking;
    this.#clock = clock;
    this.#onEnd = onEnd;
    message.once("error", (error) => this.#end(error));
    message.once("end", () => this.#end(undefined));
    message.once("close", () => this.#end(new Error("The connection was closed before the end.")));
  }

  /** Ends it at once; who reads gets the error. */
  fail(error: Error): void {
    this.#end(error);
    this.#message.destroy();
  }

  /** The body as it comes; to be asked for once. @throws BENTO_TRANSFER_FAILED where it breaks off; BENTO_CANCELLED */
  async *chunks(): AsyncGenerator<Uint8Array, void> {
    // Not by the stream's own iterator, which joins what has come by copying it.
    this.#message.on("data", (chunk: Uint8Array) => this.#take(chunk));
    try {
      for (;;) {
        const chunk = this.#queue.shift();
        if (chunk !== undefined) {
          this.#queued -= chunk.length;
          if (this.#message.isPaused() && this.#queued < maxAhead / 2) this.#message.resume();
          yield chunk;
          this.#asking.check();
        } else if (this.#error !== undefined) throw this.#asking.broken(this.#error, true);
        else if (this.#isOver) return;
        else await this.#more();
      }
    } finally {
      this[Symbol.dispose]();
    }
  }

  /** The body as text, cut where it is longer than a bound. */
  async text(maxBytes: number): Promise<{ readonly text: string; readonly isCut: boolean }> {
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of this.chunks()) {
      parts.push(chunk);
      length += chunk.length;
      if (length > maxBytes) break;
    }
    return { text: Buffer.concat(parts).subarray(0, maxBytes).toString("utf8"), isCut: length > maxBytes };
  }

  /** Reads what little there may be of a body that nobody needs, so that the connection can be used again. */
  async skip(): Promise<void> {
    await this.text(64 * 1024);
  }

  [Symbol.dispose](): void {
    // One that is over gives its connection back by itself.
    if (!this.#isOver) this.#message.destroy();
    this.#end(undefined);
    this.#queue.length = 0;
  }

  #take(chunk: Uint8Array): void {
    this.#queue.push(chunk);
    this.#queued += chunk.length;
    if (this.#queued >= maxAhead) this.#message.pause();
    this.#wake?.();
  }

  async #more(): Promise<void> {
    this.#clock.start();
    await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
    this.#clock.rest();
  }

  #end(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    this.#onEnd();
    this.#wake?.();
  }
}

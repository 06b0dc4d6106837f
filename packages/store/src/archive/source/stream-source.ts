import { BentoError } from "@bento/core";
import { withSignal } from "../../store/cancellation.js";
import { endSource } from "../../store/end-source.js";
import { webStreamIterator } from "../../store/web-stream-iterator.js";
import type { RandomAccess } from "../container/container.js";
import type { ByteSource } from "./byte-source.js";
import { spool } from "./spool.js";

/** A stream of somebody else's: read in order, once, and told when no more is wanted. */
export class StreamSource implements ByteSource {
  readonly kind = "bytes";
  readonly path = undefined;
  readonly size = undefined;
  readonly name: string;
  readonly #signal: AbortSignal;
  readonly #source: unknown;
  readonly #chunks: AsyncIterator<unknown>;
  readonly #head: Uint8Array[] = [];
  #isEnded = false;
  #spooled: (RandomAccess & AsyncDisposable) | undefined;

  /** @throws BENTO_BAD_REQUEST for a web stream that somebody else reads */
  constructor(source: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>, name: string, signal: AbortSignal) {
    this.name = name;
    this.#signal = signal;
    this.#source = source;
    this.#chunks = source instanceof ReadableStream ? webStreamIterator(source, alreadyRead) : source[Symbol.asyncIterator]();
  }

  async head(count: number): Promise<Uint8Array> {
    let length = 0;
    for (const chunk of this.#head) length += chunk.length;
    while (length < count) {
      const chunk = await this.#next();
      if (chunk === undefined) break;
      this.#head.push(chunk);
      length += chunk.length;
    }
    return new Uint8Array(Buffer.concat(this.#head).subarray(0, count));
  }

  async *stream(): AsyncGenerator<Uint8Array, void> {
    for (let chunk = this.#head.shift(); chunk !== undefined; chunk = this.#head.shift()) yield chunk;
    for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) yield chunk;
  }

  /** The directory of a zip stands at its end, so all of it must be there before the first file can be read. */
  async random(maxBytes: number): Promise<RandomAccess> {
    this.#spooled ??= await spool(this.stream(), { name: this.name, maxBytes, signal: this.#signal });
    return this.#spooled;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#spooled?.[Symbol.asyncDispose]();
    if (this.#isEnded) return;
    this.#isEnded = true;
    endSource(this.#source, this.#chunks);
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (this.#isEnded) return undefined;
    const next = await this.#read();
    if (next.done) {
      this.#isEnded = true;
      return undefined;
    }
    if (next.value instanceof Uint8Array) return next.value;
    throw new BentoError("BENTO_TRANSFER_FAILED", `${this.name} gives a piece of type ${typeof next.value}; only bytes can be read.`, {
      hint: "Give a stream of Uint8Array: one without an encoding.",
    });
  }

  async #read(): Promise<IteratorResult<unknown>> {
    try {
      return await withSignal(this.#signal, `Reading ${this.name}`, this.#chunks.next());
    } catch (error) {
      if (BentoError.is(error)) throw error;
      this.#isEnded = true;
      const reason = error instanceof Error ? error.message : String(error);
      throw new BentoError("BENTO_TRANSFER_FAILED", `${this.name} cannot be read: ${reason}`, { cause: error });
    }
  }
}

function alreadyRead(): BentoError {
  return new BentoError("BENTO_BAD_REQUEST", "The stream is already being read by somebody else.");
}

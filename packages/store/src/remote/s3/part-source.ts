import { createHash } from "node:crypto";
import { ChunkMemory } from "../../transfer/chunk-memory.js";
import { untilAbort } from "../until-abort.js";

/** Bytes in memory with what vouches for them. */
export interface Part {
  readonly bytes: Uint8Array;
  readonly md5: Buffer;
  /** Whether the content ended with it. */
  readonly isLast: boolean;
}

/** Cuts a stream into parts. */
export class PartSource {
  readonly #chunks: AsyncGenerator<Uint8Array, void>;
  /** What is left of a chunk that did not fit into a part, and the whole of it. */
  #rest: Uint8Array | undefined;
  #chunk: Uint8Array | undefined;
  #isOver = false;
  /** Bytes of the parts until now. */
  given = 0;

  constructor(content: AsyncIterable<Uint8Array>, signal: AbortSignal, doing: string) {
    this.#chunks = untilAbort(content, signal, doing);
  }

  /** Fills memory as far as the content reaches. */
  async fill(memory: Uint8Array): Promise<Part> {
    const md5 = createHash("md5");
    let at = 0;
    while (at < memory.length) {
      const rest = await this.#next();
      if (rest === undefined) break;
      const taken = rest.subarray(0, memory.length - at);
      memory.set(taken, at);
      md5.update(memory.subarray(at, at + taken.length));
      at += taken.length;
      this.#keep(rest.subarray(taken.length));
    }
    const isLast = (await this.#next()) === undefined;
    this.given += at;
    return { bytes: memory.subarray(0, at), md5: md5.digest(), isLast };
  }

  /** Ends the content, where it has not ended by itself. */
  async end(): Promise<void> {
    if (!this.#isOver) await this.#chunks.return();
  }

  async #next(): Promise<Uint8Array | undefined> {
    while (this.#rest === undefined && !this.#isOver) {
      const { done, value } = await this.#chunks.next();
      if (done) this.#isOver = true;
      else if (value.length > 0) this.#rest = this.#chunk = value;
    }
    return this.#rest;
  }

  #keep(rest: Uint8Array): void {
    if (rest.length > 0) {
      this.#rest = rest;
      return;
    }
    this.#rest = undefined;
    if (this.#chunk !== undefined) ChunkMemory.giveBack(this.#chunk);
    this.#chunk = undefined;
  }
}

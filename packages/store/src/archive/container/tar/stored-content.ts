import { BentoError } from "@bento/core";
import type { BlockReader } from "./block-reader.js";
import { paddingOf } from "./fields.js";
import { quoted } from "../../rules/unsafe.js";
import { cutTar } from "./problems.js";

/** What lies behind the header of a large member: read as a stream, or skipped. */
export class StoredContent {
  readonly #source: BlockReader;
  readonly #path: string;
  readonly #padding: number;
  #left: number;
  #isOver = false;

  constructor(source: BlockReader, path: string, size: number) {
    this.#source = source;
    this.#path = path;
    this.#left = size;
    this.#padding = paddingOf(size);
  }

  /** The bytes as they come, not copied. */
  async *stream(): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      if (this.#isOver) throw new BentoError("BENTO_INTERNAL", `${quoted(this.#path)} was read after the next member was asked for.`);
      if (this.#left === 0) return;
      yield await this.#some();
    }
  }

  /** Goes on to the end of the content and of what fills its last block. */
  async skip(): Promise<void> {
    this.#isOver = true;
    while (this.#left > 0) await this.#some();
    const padding = await this.#source.take(this.#padding);
    if (padding.length < this.#padding) throw this.#cut();
  }

  async #some(): Promise<Uint8Array> {
    const chunk = await this.#source.some(this.#left);
    if (chunk === undefined) throw this.#cut();
    this.#left -= chunk.length;
    return chunk;
  }

  #cut(): BentoError {
    return cutTar(this.#source.position, quoted(this.#path));
  }
}

import type { Tag } from "@bento/core";
import { checkSignal } from "../store/cancellation.js";
import type { RangeOptions, SignalOptions } from "../store/model-store.js";
import { checkRange } from "../store/range.js";
import { fileNotFound } from "../store/stored-item.js";
import { byTreeOrder, type Tree, type TreeEntry } from "../tree/tree.js";
import type { MemoryContent } from "./memory-stored-model.js";

const chunkBytes = 1024 * 1024;

/** The content of something in memory as a {@link Tree}. All bytes that it gives are copies. */
export class MemoryTree implements Tree {
  readonly #tag: Tag;
  readonly #content: MemoryContent;

  /** @param tag whose content it is, for messages */
  constructor(tag: Tag, content: MemoryContent) {
    this.#tag = tag;
    this.#content = content;
  }

  async entries({ signal }: SignalOptions = {}): Promise<readonly TreeEntry[]> {
    checkSignal(signal, `Listing the files of ${this.#tag.toString()}`);
    const folders = [...this.#content.folders].map((path): TreeEntry => ({ kind: "folder", path }));
    const files = [...this.#content.files].map(([path, { bytes, executable }]): TreeEntry => ({
      kind: "file",
      path,
      size: bytes.length,
      executable,
    }));
    return [...folders, ...files].toSorted(byTreeOrder);
  }

  async read(path: string, { signal }: SignalOptions = {}): Promise<Uint8Array> {
    checkSignal(signal, this.#reading(path));
    return this.#bytesOf(path).slice();
  }

  async *stream(path: string, { signal, ...range }: RangeOptions = {}): AsyncGenerator<Uint8Array, void> {
    const { start, end } = checkRange(range);
    checkSignal(signal, this.#reading(path));
    const bytes = this.#bytesOf(path).subarray(start, end);
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      checkSignal(signal, this.#reading(path));
      yield bytes.slice(at, at + chunkBytes);
    }
  }

  #bytesOf(path: string): Uint8Array {
    const file = this.#content.files.get(path);
    if (file === undefined) throw fileNotFound(this.#tag, path);
    return file.bytes;
  }

  #reading(path: string): string {
    return `Reading ${JSON.stringify(path)} of ${this.#tag.toString()}`;
  }
}

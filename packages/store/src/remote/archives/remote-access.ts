import { setMaxListeners } from "node:events";
import type { RandomAccess } from "../../archive/container/container.js";
import type { OpenedRemote } from "../engine/open-remote.js";
import type { RemoteEntry } from "../remote.js";

/** What is fetched at once, by remotes of which several reads at a time bring more, and by others. Bytes. */
const smallBlock = 1024 * 1024;
const largeBlock = 4 * 1024 * 1024;
/** What is kept: four runs of members that are unpacked at the same time, and what is read ahead of them. Bytes. */
const keptBytes = 24 * 1024 * 1024;
const mostAhead = 7;

/**
 * A file of a remote that is read anywhere, without being fetched whole: a zip asks for its end, for its directory, and
 * for its members one after the other. It is read in blocks, which are kept for a while; who reads on gets the next ones
 * read ahead. Long stretches are streams of their own.
 */
export class RemoteAccess implements RandomAccess, AsyncDisposable {
  readonly size: number;
  readonly #remote: OpenedRemote;
  readonly #entry: RemoteEntry;
  readonly #signal: AbortSignal;
  readonly #leaving = new AbortController();
  readonly #blockBytes: number;
  readonly #ahead: number;
  /** By number, the one that was asked for last at the end. */
  readonly #blocks = new Map<number, Promise<Uint8Array>>();
  /** Blocks of which something was read. */
  readonly #seen = new Set<number>();

  constructor(remote: OpenedRemote, entry: RemoteEntry & { readonly size: number }, signal: AbortSignal) {
    this.size = entry.size;
    this.#remote = remote;
    this.#entry = entry;
    this.#signal = AbortSignal.any([signal, this.#leaving.signal]);
    setMaxListeners(0, this.#signal);
    this.#blockBytes = remote.traits.lanes > 1 ? smallBlock : largeBlock;
    this.#ahead = Math.min(remote.traits.lanes - 1, mostAhead);
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    const last = Math.min(end, this.size);
    if (start >= last) return new Uint8Array(0);
    const first = Math.floor(start / this.#blockBytes);
    if (this.#isFirstLook(start, last)) return this.#gather(start, last);
    const blocks: Promise<Uint8Array>[] = [];
    for (let index = first; index * this.#blockBytes < last; index += 1) blocks.push(this.#block(index));
    this.#readAhead(first + blocks.length);
    const bytes = await Promise.all(blocks);
    const from = start - first * this.#blockBytes;
    if (bytes.length === 1) return (bytes[0] as Uint8Array).subarray(from, from + last - start);
    return new Uint8Array(Buffer.concat(bytes).subarray(from, from + last - start));
  }

  stream(start: number, end: number): AsyncIterable<Uint8Array> {
    return this.#remote.readFile(this.#entry, { start, end: Math.min(end, this.size), signal: this.#signal });
  }

  /** Ends what is read ahead. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#leaving.abort();
    await Promise.allSettled(this.#blocks.values());
  }

  #block(index: number): Promise<Uint8Array> {
    const block = this.#blocks.get(index) ?? this.#gather(index * this.#blockBytes, (index + 1) * this.#blockBytes);
    this.#blocks.delete(index);
    // Looked at by those who wait for it; nobody may, for what is read ahead.
    block.catch(() => {});
    this.#blocks.set(index, block);
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size * this.#blockBytes <= keptBytes) break;
      this.#blocks.delete(oldest);
    }
    return block;
  }

  /** Only where the block before the last one was read as well: a look at one member fetches no others. */
  #readAhead(next: number): void {
    if (!this.#blocks.has(next - 2)) return;
    for (let index = next; index < next + this.#ahead && index * this.#blockBytes < this.size; index += 1) void this.#block(index);
  }

  /** A look at a place that nobody was near before gets what it asks for, and no block: perhaps it is the only one. */
  #isFirstLook(start: number, end: number): boolean {
    const [first, last] = [Math.floor(start / this.#blockBytes), Math.floor((end - 1) / this.#blockBytes)];
    let isFirst = end - start <= this.#blockBytes;
    for (let index = first - 1; index <= last; index += 1) isFirst &&= !this.#blocks.has(index) && !this.#seen.has(index);
    for (let index = first; index <= last; index += 1) this.#seen.add(index);
    return isFirst;
  }

  async #gather(start: number, end: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.stream(start, end)) chunks.push(chunk);
    return chunks.length === 1 ? (chunks[0] as Uint8Array) : new Uint8Array(Buffer.concat(chunks));
  }
}

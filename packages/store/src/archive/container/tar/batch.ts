import { ChunkMemory } from "../../../transfer/chunk-memory.js";

/** Bytes of a batch: many small files go out as one chunk. */
const batchBytes = 1024 * 1024;
/** From this size on a chunk goes out as it is, without being copied. */
const directBytes = 256 * 1024;

/** Gathers small pieces into large chunks. */
export class Batch implements Disposable {
  readonly #memory = new ChunkMemory(batchBytes);
  #buffer: Uint8Array | undefined;
  #filled = 0;
  #full: Uint8Array[] = [];
  #total = 0;

  /** Bytes that were added so far. */
  get total(): number {
    return this.#total;
  }

  /** Adds bytes. Many of them at once are the batch's from now on, a few are copied. */
  add(bytes: Uint8Array): void {
    this.#total += bytes.length;
    if (bytes.length >= directBytes) {
      this.#cut();
      this.#full.push(bytes);
      return;
    }
    const room = batchBytes - this.#filled;
    if (bytes.length <= room) {
      this.#current().set(bytes, this.#filled);
      this.#fill(bytes.length);
      return;
    }
    this.#current().set(bytes.subarray(0, room), this.#filled);
    this.#fill(room);
    this.#current().set(bytes.subarray(room));
    this.#fill(bytes.length - room);
  }

  /** Adds zeros. */
  addZeros(count: number): void {
    this.#total += count;
    for (let left = count; left > 0;) {
      const end = Math.min(this.#filled + left, batchBytes);
      this.#current().fill(0, this.#filled, end);
      left -= end - this.#filled;
      this.#fill(end - this.#filled);
    }
  }

  /** The chunks that are complete; each is given once. */
  full(): readonly Uint8Array[] {
    if (this.#full.length === 0) return this.#full;
    const full = this.#full;
    this.#full = [];
    return full;
  }

  /** Everything that was not given yet. */
  rest(): readonly Uint8Array[] {
    this.#cut();
    return this.full();
  }

  /** To be called when every chunk was taken. */
  [Symbol.dispose](): void {
    this.#memory[Symbol.dispose]();
  }

  #current(): Uint8Array {
    this.#buffer ??= this.#memory.take(batchBytes);
    return this.#buffer;
  }

  #fill(count: number): void {
    this.#filled += count;
    if (this.#filled === batchBytes) this.#cut();
  }

  #cut(): void {
    if (this.#buffer === undefined) return;
    this.#full.push(this.#filled === batchBytes ? this.#buffer : this.#buffer.subarray(0, this.#filled));
    this.#buffer = undefined;
    this.#filled = 0;
  }
}

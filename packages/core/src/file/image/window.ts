import { lookAheadBytes } from "../one-time-content.js";

/** A file as far as a scan of its head needs it. */
export interface Ranged {
  readonly size: number | undefined;
  range(start: number, end: number): Promise<Uint8Array>;
}

/** What is read at once: most heads lie within it, and a disk gives no less. */
const windowBytes = 4096;

/** The part of a file that was read last, so that many small looks are few reads. */
export class Window {
  readonly #file: Ranged;
  #start = 0;
  #bytes: Uint8Array = new Uint8Array();

  constructor(file: Ranged) {
    this.#file = file;
  }

  /** Some bytes of the file, fewer or none where it ends or cannot be reached. */
  async read(start: number, length: number): Promise<Uint8Array> {
    const end = start + length;
    // Only a file of known size can be read anywhere; of a stream, the beginning can be looked at.
    const limit = this.#file.size ?? lookAheadBytes;
    if (start >= limit) return new Uint8Array();
    if (start < this.#start || end > this.#start + this.#bytes.length) {
      this.#bytes = await this.#file.range(start, Math.min(start + Math.max(length, windowBytes), limit));
      this.#start = start;
    }
    return this.#bytes.subarray(start - this.#start, end - this.#start);
  }
}

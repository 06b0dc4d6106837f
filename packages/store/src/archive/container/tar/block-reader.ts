import { checkSignal } from "../../../store/cancellation.js";

const nothing = new Uint8Array(0);

/**
 * Cuts a stream of chunks into the pieces that a tar is made of. A piece is a view of its chunk, and copied only where it
 * spans several; it may be taken without waiting, as a small member would take longer to wait for than to read.
 */
export class BlockReader {
  readonly #input: AsyncIterator<Uint8Array>;
  readonly #signal: AbortSignal;
  #chunk: Uint8Array = nothing;
  #at = 0;
  #chunkStart = 0;
  #isEnded = false;

  constructor(input: AsyncIterable<Uint8Array>, signal: AbortSignal) {
    this.#input = input[Symbol.asyncIterator]();
    this.#signal = signal;
  }

  /** Bytes taken so far. */
  get position(): number {
    return this.#chunkStart + this.#at;
  }

  /** The next `count` bytes if they are at hand in one piece. */
  now(count: number): Uint8Array | undefined {
    const end = this.#at + count;
    if (end > this.#chunk.length) return undefined;
    const piece = this.#chunk.subarray(this.#at, end);
    this.#at = end;
    return piece;
  }

  /** The next `count` bytes, fewer when the input ends before. */
  async take(count: number): Promise<Uint8Array> {
    const whole = this.now(count);
    if (whole !== undefined) return whole;
    const first = await this.some(count);
    if (first === undefined) return nothing;
    if (first.length === count) return first;
    const joined = new Uint8Array(count);
    joined.set(first);
    let filled = first.length;
    while (filled < count) {
      const piece = await this.some(count - filled);
      if (piece === undefined) return joined.subarray(0, filled);
      joined.set(piece, filled);
      filled += piece.length;
    }
    return joined;
  }

  /** As much as is at hand, at least one byte and at most `most`; nothing at the end of the input. */
  async some(most: number): Promise<Uint8Array | undefined> {
    while (this.#at === this.#chunk.length) {
      if (this.#isEnded) return undefined;
      checkSignal(this.#signal, "Reading the archive");
      const next = await this.#input.next();
      this.#chunkStart += this.#chunk.length;
      this.#at = 0;
      this.#isEnded = next.done === true;
      this.#chunk = next.done ? nothing : new Uint8Array(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    }
    return this.now(Math.min(most, this.#chunk.length - this.#at));
  }

  /** Lets go of the input, wherever reading stopped. */
  async close(): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    await this.#input.return?.();
  }
}

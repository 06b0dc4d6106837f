import { cutOff } from "./broken.js";

/** Chunks below this size are put together: a stream may come byte by byte, and each chunk takes some hundred bytes to hold. */
const smallBytes = 4096;
const roomBytes = 65_536;

/** Reads a stream of chunks by the byte. Only what {@link fill} made sure of can be looked at or taken. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** Chunks not yet taken; the first one from `#start` on. */
  #held: Uint8Array[] = [];
  #start = 0;
  #length = 0;
  #isEnded = false;
  /** Where small chunks are put together, and how much of it is filled. */
  #room = new Uint8Array(0);
  #filled = 0;

  constructor(input: AsyncIterable<Uint8Array>) {
    this.#chunks = input[Symbol.asyncIterator]();
  }

  /** A reader of bytes that are there already. */
  static of(bytes: Uint8Array): ByteReader {
    const reader = new ByteReader(nothing());
    reader.#held = [bytes];
    reader.#length = bytes.length;
    return reader;
  }

  /** Bytes that can be taken right away. */
  get length(): number {
    return this.#length;
  }

  /** Reads on until `count` bytes are there, or fewer at the end of the stream. */
  async fill(count: number): Promise<boolean> {
    while (this.#length < count && !this.#isEnded) {
      const next = await this.#chunks.next();
      if (next.done) this.#isEnded = true;
      else if (next.value.length > 0) {
        this.#hold(next.value);
        this.#length += next.value.length;
      }
    }
    return this.#length >= count;
  }

  #hold(chunk: Uint8Array): void {
    if (chunk.length >= smallBytes) {
      this.#held.push(chunk);
      return;
    }
    if (this.#filled + chunk.length > this.#room.length) {
      this.#room = new Uint8Array(roomBytes);
      this.#filled = 0;
    }
    const last = this.#held.at(-1);
    const start = last?.buffer === this.#room.buffer ? last.byteOffset : this.#filled;
    this.#room.set(chunk, this.#filled);
    this.#filled += chunk.length;
    const joined = this.#room.subarray(start, this.#filled);
    if (start < this.#filled - chunk.length) this.#held[this.#held.length - 1] = joined;
    else this.#held.push(joined);
  }

  /** @throws BENTO_ARCHIVE_INVALID when the stream ends before */
  async need(count: number): Promise<void> {
    if (this.#length < count && !(await this.fill(count))) throw cutOff();
  }

  /** The byte `offset` bytes from here. */
  peek(offset: number): number {
    let at = this.#start + offset;
    for (const chunk of this.#held) {
      if (at < chunk.length) return chunk[at] as number;
      at -= chunk.length;
    }
    throw new RangeError(`The byte ${offset} has not been read yet.`);
  }

  /** The next bytes in one piece, copied only where they span chunks. */
  take(count: number): Uint8Array {
    const pieces = this.takePieces(count);
    if (pieces.length === 1) return pieces[0] as Uint8Array;
    return Buffer.concat(pieces, count);
  }

  /** The next bytes as they came, without a copy. */
  takePieces(count: number): Uint8Array[] {
    if (count > this.#length) throw new RangeError(`${count} bytes have not been read yet.`);
    const pieces: Uint8Array[] = [];
    let missing = count;
    while (missing > 0) {
      const chunk = this.#held[0] as Uint8Array;
      const piece = chunk.subarray(this.#start, this.#start + missing);
      pieces.push(piece);
      missing -= piece.length;
      this.#start += piece.length;
      if (this.#start === chunk.length) {
        this.#held.shift();
        this.#start = 0;
      }
    }
    this.#length -= count;
    return pieces;
  }

  /** Closes the stream. */
  async close(): Promise<void> {
    if (!this.#isEnded) await this.#chunks.return?.();
  }
}

async function* nothing(): AsyncGenerator<Uint8Array, void> {}

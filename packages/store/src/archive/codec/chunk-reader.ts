/** Reads a stream of bytes in pieces, and takes back what was read too far. */
export class ChunkReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #returned: Uint8Array[] = [];
  #isEnded = false;

  constructor(input: AsyncIterable<Uint8Array>) {
    this.#chunks = input[Symbol.asyncIterator]();
  }

  /** The next bytes, as many as come at once; `undefined` at the end. Never empty. */
  async next(): Promise<Uint8Array | undefined> {
    const returned = this.#returned.pop();
    if (returned !== undefined) return returned;
    while (!this.#isEnded) {
      const next = await this.#chunks.next();
      if (next.done) this.#isEnded = true;
      else if (next.value.length > 0) return next.value;
    }
    return undefined;
  }

  /** Exactly `count` bytes, or fewer at the end. */
  async take(count: number): Promise<Uint8Array> {
    const first = await this.next();
    if (first === undefined) return new Uint8Array(0);
    if (first.length >= count) {
      this.giveBack(first.subarray(count));
      return first.subarray(0, count);
    }
    const bytes = new Uint8Array(count);
    let filled = 0;
    for (let chunk: Uint8Array | undefined = first; chunk !== undefined; chunk = filled < count ? await this.next() : undefined) {
      const part = chunk.subarray(0, count - filled);
      bytes.set(part, filled);
      filled += part.length;
      this.giveBack(chunk.subarray(part.length));
    }
    return bytes.subarray(0, filled);
  }

  /** Puts bytes before those that are still to come. */
  giveBack(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#returned.push(bytes);
  }

  /** Closes the input, unless it ended. */
  async close(): Promise<void> {
    if (!this.#isEnded) await this.#chunks.return?.();
    this.#isEnded = true;
  }
}

/** Bytes of a piece. */
const pieceBytes = 512 * 1024;

/** Writes what comes in small chunks in large pieces, each while the next one is gathered. */
export class PieceWriter implements AsyncDisposable {
  readonly #write: (chunks: readonly Uint8Array[], size: number) => Promise<void>;
  #chunks: Uint8Array[] = [];
  #size = 0;
  #writing: Promise<void> = Promise.resolve();

  /** @param write writes chunks of so many bytes behind those before; never called again before it is done */
  constructor(write: (chunks: readonly Uint8Array[], size: number) => Promise<void>) {
    this.#write = write;
  }

  /** The chunk is the writer's from now on. Waits for the piece before when this one is full. @throws what writing a piece threw */
  async add(chunk: Uint8Array): Promise<void> {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size >= pieceBytes) await this.#next();
  }

  /** Returns when all that came is written. @throws what writing a piece threw */
  async flush(): Promise<void> {
    if (this.#size > 0) await this.#next();
    await this.#writing;
  }

  /** Lets go of what has not been written; returns when nothing is being written any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing.catch(() => {});
    this.#chunks = [];
    this.#size = 0;
  }

  async #next(): Promise<void> {
    const [chunks, size] = [this.#chunks, this.#size];
    this.#chunks = [];
    this.#size = 0;
    await this.#writing;
    this.#writing = this.#write(chunks, size);
    // Met before the next one, or at the end.
    this.#writing.catch(() => {});
  }
}

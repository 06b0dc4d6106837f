type Result = IteratorResult<Uint8Array, undefined>;

/** A reader that waits for the next piece. */
interface Reader {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** A piece that is kept may hold on to so many times the memory that it needs; beyond it is copied. */
const mostWaste = 4;

/**
 * Pieces of a body that come in over a connection, for a reader that takes them at its own speed.
 *
 * An iterator by hand: one that a generator makes could not be ended while it waits.
 */
export class PieceStream implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  readonly #pieces: Uint8Array[] = [];
  readonly #readers: Reader[] = [];
  readonly #onTaken: (byteCount: number) => void;
  readonly #onLeave: (() => void) | undefined;
  #state: { readonly error: unknown } | "open" | "ended" = "open";

  /**
   * @param options.onTaken told of the size of each piece that the reader takes
   * @param options.onLeave told when the reader leaves before the end
   */
  constructor({ onTaken, onLeave }: { readonly onTaken: (byteCount: number) => void; readonly onLeave?: () => void }) {
    this.#onTaken = onTaken;
    this.#onLeave = onLeave;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Adds a piece; after the end, and where nobody reads any more, it is dropped. */
  push(bytes: Uint8Array): void {
    if (this.#state !== "open" || bytes.length === 0) return;
    const reader = this.#readers.shift();
    if (reader === undefined) {
      // A small piece must not keep the whole chunk that it came with.
      this.#pieces.push(bytes.buffer.byteLength > bytes.length * mostWaste ? new Uint8Array(bytes) : bytes);
      return;
    }
    this.#onTaken(bytes.length);
    reader.resolve({ done: false, value: bytes });
  }

  /** Nothing more comes. */
  end(): void {
    this.#settle("ended");
  }

  /** What has come is still given; then the reader gets the error. */
  fail(error: unknown): void {
    this.#settle({ error });
  }

  next(): Promise<Result> {
    const piece = this.#pieces.shift();
    if (piece !== undefined) {
      this.#onTaken(piece.length);
      return Promise.resolve({ done: false, value: piece });
    }
    if (this.#state === "open") return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
    if (this.#state === "ended") return Promise.resolve({ done: true, value: undefined });
    const { error } = this.#state;
    this.#state = "ended";
    return Promise.reject(error);
  }

  return(): Promise<Result> {
    const wasOpen = this.#state === "open";
    this.#pieces.length = 0;
    this.#settle("ended");
    // An error that was not read yet is of no use to who has left.
    this.#state = "ended";
    if (wasOpen) this.#onLeave?.();
    return Promise.resolve({ done: true, value: undefined });
  }

  #settle(state: { readonly error: unknown } | "ended"): void {
    if (this.#state !== "open") return;
    this.#state = state;
    // Who waits has taken all that came, so the first one hears of the error, and the others of the end.
    for (const reader of this.#readers.splice(0)) this.next().then(reader.resolve, reader.reject);
  }
}

/**
 * Pieces of a body that come in over a connection, for a reader that takes them at its own speed.
 *
 * An iterator by hand: one that a generator makes could not be ended while it waits.
 */
export class PieceStream implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  readonly #waiting: Uint8Array[] = [];
  readonly #onTaken: (bytes: number) => void;
  readonly #onLeave: () => void;
  #state: { readonly error: unknown } | "open" | "ended" = "open";
  #wake: (() => void) | undefined;

  /**
   * @param options.onTaken told how many bytes the reader has taken
   * @param options.onLeave told when the reader leaves before the end
   */
  constructor({ onTaken, onLeave }: { readonly onTaken: (bytes: number) => void; readonly onLeave: () => void }) {
    this.#onTaken = onTaken;
    this.#onLeave = onLeave;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Adds a piece. */
  push(bytes: Uint8Array): void {
    if (this.#state !== "open" || bytes.length === 0) return;
    this.#waiting.push(bytes);
    this.#wake?.();
  }

  /** Nothing more comes. */
  end(): void {
    this.#settle("ended");
  }

  /** What has come is still given; then the reader gets the error. */
  fail(error: unknown): void {
    this.#settle({ error });
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    for (;;) {
      const piece = this.#waiting.shift();
      if (piece !== undefined) {
        this.#onTaken(piece.length);
        return { done: false, value: piece };
      }
      if (this.#state === "ended") return { done: true, value: undefined };
      if (this.#state !== "open") {
        const { error } = this.#state;
        this.#state = "ended";
        throw error;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = undefined;
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    const wasOpen = this.#state === "open";
    this.#waiting.length = 0;
    this.#settle("ended");
    if (wasOpen) this.#onLeave();
    return { done: true, value: undefined };
  }

  #settle(state: { readonly error: unknown } | "ended"): void {
    if (this.#state !== "open") return;
    this.#state = state;
    this.#wake?.();
  }
}

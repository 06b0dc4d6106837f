type Piece = string | Uint8Array;

/** What a watcher is told. */
export interface StreamWatcher {
  /** The reader leaves before the end; told before the stream itself is ended. */
  readonly onLeave?: () => void;
  /** The stream is over, however it ended; told once. */
  readonly onEnd: () => void;
}

/** The same stream, watched for its end. */
export function watchStream(stream: AsyncIterable<Piece>, watcher: StreamWatcher): WatchedStream {
  return new WatchedStream(stream[Symbol.asyncIterator](), watcher);
}

/** An iterator by hand: a generator that was never started would not hear of a reader that leaves. */
class WatchedStream implements AsyncIterable<Piece>, AsyncIterator<Piece, undefined> {
  readonly #inner: AsyncIterator<Piece>;
  readonly #watcher: StreamWatcher;
  #isOver = false;

  constructor(inner: AsyncIterator<Piece>, watcher: StreamWatcher) {
    this.#inner = inner;
    this.#watcher = watcher;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Piece, undefined>> {
    try {
      const result = await this.#inner.next();
      if (result.done !== true) return result;
    } catch (error) {
      this.#end();
      throw error;
    }
    this.#end();
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Piece, undefined>> {
    if (!this.#isOver) this.#watcher.onLeave?.();
    try {
      await this.#inner.return?.();
    } finally {
      this.#end();
    }
    return { done: true, value: undefined };
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#watcher.onEnd();
  }
}

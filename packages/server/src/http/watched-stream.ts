type Piece = string | Uint8Array;

/** What a watcher is told. */
export interface StreamWatcher {
  /** The reader leaves before the end; told before the stream itself is ended. */
  readonly onLeave?: () => void;
  /** It failed; told before its end. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** The stream is over, however it ended; told once. */
  readonly onEnd: () => void;
  /** What the reader is told of a failure before the stream ends, where its framing can say so; else the failure breaks it off. */
  readonly tell?: ((error: unknown) => Piece) | undefined;
}

/** The same stream, watched for its end. */
export function watchStream(stream: AsyncIterable<Piece>, watcher: StreamWatcher): WatchedStream {
  return new WatchedStream(stream[Symbol.asyncIterator](), watcher);
}

/** A stream that is watched. An iterator by hand: a generator that was never started would not hear of a reader that leaves. */
export class WatchedStream implements AsyncIterable<Piece>, AsyncIterator<Piece, undefined> {
  readonly #inner: AsyncIterator<Piece>;
  readonly #watcher: StreamWatcher;
  #isOver = false;
  #broken: Error | undefined;
  /** Whether its last piece was what it failed with. */
  #isTold = false;
  #rejectNext: (reason: Error) => void = () => undefined;

  constructor(inner: AsyncIterator<Piece>, watcher: StreamWatcher) {
    this.#inner = inner;
    this.#watcher = watcher;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Piece, undefined>> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    if (this.#isTold) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#rejectNext = reject;
      // No async function: each of its promises is paid for with every piece.
      this.#inner.next().then(
        (result) => {
          if (result.done === true) this.#end();
          return resolve(result.done === true ? { done: true, value: undefined } : result);
        },
        (error: unknown) => {
          this.#watcher.onError?.(error);
          this.#end();
          const { tell } = this.#watcher;
          if (tell === undefined) return reject(error);
          this.#isTold = true;
          return resolve({ done: false, value: tell(error) });
        },
      );
    });
  }

  /** Ends it in the middle: its reader hears why, its source that nobody reads it any more. */
  breakOff(reason: Error): void {
    if (this.#isOver) return;
    this.#broken = reason;
    this.#rejectNext(reason);
    this.return().catch(() => undefined);
    this.#end();
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

/** Where a transfer is. */
export interface Progress {
  /** `"transfer"` while bytes move, `"finish"` while the result is made durable and visible. */
  readonly phase: "transfer" | "finish";
  /** Bytes done so far: of file content on the way out, of the archive on the way in. */
  readonly bytes: number;
  /** Bytes in all; `undefined` where the source does not tell (a stream). */
  readonly total: number | undefined;
  /** Of the bytes done: those that an earlier try, which was cut off, had brought already. */
  readonly resumed?: number;
  /** Of the bytes done: those that the other side, or this machine, had already. */
  readonly skipped?: number;
}

/** How the work behind a {@link Transfer} tells where it is. Cheap: may be called for every chunk. */
export type ReportProgress = (progress: Progress) => void;

/**
 * Long work that has begun: a promise of its result, and an async iterable of its progress.
 *
 * Whoever iterates sees the newest state, not every state; the last one is always seen. The iteration ends when the
 * work does, and throws what the work throws. Leaving it early does not stop the work: the signal does that.
 */
export class Transfer<T> implements Promise<T>, AsyncIterable<Progress> {
  readonly [Symbol.toStringTag] = "Transfer";
  readonly #result: Promise<T>;
  #newest: Progress | undefined;
  #isDone = false;
  #wake: (() => void) | undefined;
  #changed: Promise<void> | undefined;

  constructor(work: (report: ReportProgress) => Promise<T>) {
    this.#result = (async () => {
      try {
        return await work((progress) => this.#report(progress));
      } finally {
        this.#isDone = true;
        this.#tell();
      }
    })();
  }

  // oxlint-disable-next-line unicorn/no-thenable -- a transfer is awaited like the promise that it is
  then<A = T, B = never>(
    onDone?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#result.then(onDone, onError);
  }

  catch<B = never>(onError?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.#result.catch(onError);
  }

  finally(onEnd?: (() => void) | null): Promise<T> {
    return this.#result.finally(onEnd);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Progress, void> {
    this.#result.catch(() => {});
    let seen: Progress | undefined;
    for (;;) {
      if (this.#newest !== seen && this.#newest !== undefined) {
        seen = this.#newest;
        yield Object.freeze({ ...seen });
      } else if (this.#isDone) break;
      else await this.#nextChange();
    }
    await this.#result;
  }

  #report(progress: Progress): void {
    this.#newest = progress;
    this.#tell();
  }

  /** Made only while somebody looks: most reports have nobody to tell. */
  #nextChange(): Promise<void> {
    this.#changed ??= new Promise((resolve) => (this.#wake = resolve));
    return this.#changed;
  }

  #tell(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    this.#changed = undefined;
    wake?.();
  }
}

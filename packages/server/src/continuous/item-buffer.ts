interface Reader {
  readonly resolve: (result: IteratorResult<unknown, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

/** How a sequence ended; with an error where that was a failure. */
export interface End {
  readonly error?: unknown;
}

/** Who hears what becomes of the items. */
export interface BufferListener {
  /** The reader has taken one that was waiting. */
  readonly onTaken: () => void;
  /** The reader wants no more, and there might have been. Told once. */
  readonly onLeave: () => void;
}

/** Items of one sequence that were emitted, for a reader that takes them at its own speed. */
export class ItemBuffer implements AsyncIterator<unknown, undefined> {
  readonly #listener: BufferListener;
  #items: unknown[] = [];
  #reader: Reader | undefined;
  #end: End | undefined;

  constructor(listener: BufferListener) {
    this.#listener = listener;
  }

  /** Items that nobody has taken yet. */
  get size(): number {
    return this.#items.length;
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    return new Promise((resolve, reject) => {
      if (this.#items.length > 0) {
        resolve({ done: false, value: this.#items.shift() });
        this.#listener.onTaken();
      } else {
        this.#reader = { resolve, reject };
        if (this.#end !== undefined) this.#settle(this.#end);
      }
    });
  }

  async return(): Promise<IteratorResult<unknown, undefined>> {
    this.#items = [];
    if (this.#end === undefined) {
      this.#end = {};
      this.#listener.onLeave();
    }
    return { done: true, value: undefined };
  }

  /** Gives an item, unless there are to be no more. */
  give(value: unknown): void {
    if (this.#end !== undefined) return;
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader === undefined) this.#items.push(value);
    else reader.resolve({ done: false, value });
  }

  /** There is no more: what was given is still read, then the end. */
  finish(end: End): void {
    this.#end ??= end;
    if (this.#reader !== undefined) this.#settle(this.#end);
  }

  /** There is no more, and what was given is not wanted. */
  breakOff(error: unknown): void {
    this.#items = [];
    this.#end = { error };
    if (this.#reader !== undefined) this.#settle(this.#end);
  }

  /** An error is told once; after it there is nothing. */
  #settle(end: End): void {
    if ("error" in end) this.#reader?.reject(end.error);
    else this.#reader?.resolve({ done: true, value: undefined });
    this.#reader = undefined;
    this.#end = {};
  }
}

import { BentoError } from "@bento/core";

/** How far a caller may be behind those whose batch it shares. Steps. */
const mostBehind = 1000;

interface Reader {
  readonly resolve: (result: IteratorResult<unknown, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

/** How a lane ended; with an error where that was a failure. */
export interface LaneEnd {
  readonly error?: unknown;
}

/**
 * What one caller gets of a streamed batch: its slice of each step. Steps are taken as soon as any caller of the batch
 * waits for one; who reads more slowly gets the rest later, as far as that may be kept.
 */
export class BatchLane implements AsyncIterator<unknown, undefined> {
  readonly #onLeave: (reason: Error) => void;
  /** Slices that nobody has asked for yet. */
  #slices: unknown[] = [];
  #reader: Reader | undefined;
  #tellWanted: (() => void) | undefined;
  #end: LaneEnd | undefined;

  /** @param onLeave told once that its caller wants no more */
  constructor(onLeave: (reason: Error) => void) {
    this.#onLeave = onLeave;
  }

  /** Whether nothing more is to be given to it. */
  get isOver(): boolean {
    return this.#end !== undefined;
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    return new Promise((resolve, reject) => {
      if (this.#slices.length > 0) return resolve({ done: false, value: this.#slices.shift() });
      this.#reader = { resolve, reject };
      if (this.#end !== undefined) this.#settle(this.#end);
      else this.#tellWanted?.();
    });
  }

  async return(): Promise<IteratorResult<unknown, undefined>> {
    this.#slices = [];
    if (this.isOver) return { done: true, value: undefined };
    this.#end = {};
    this.#tellWanted?.();
    this.#onLeave(new BentoError("BENTO_CANCELLED", "The reader of the answer left."));
    return { done: true, value: undefined };
  }

  /** Resolves when its caller waits for a slice, or nothing more is to be given to it. */
  wanted(): Promise<void> {
    if (this.#reader !== undefined || this.isOver) return Promise.resolve();
    return new Promise((resolve) => (this.#tellWanted = resolve));
  }

  /** Gives a slice, unless it is over. */
  give(value: unknown): void {
    if (this.isOver) return;
    if (this.#reader === undefined) this.#slices.push(value);
    else this.#reader.resolve({ done: false, value });
    this.#reader = undefined;
    if (this.#slices.length > mostBehind) this.#fallBehind();
  }

  /** There is no more. */
  finish(end: LaneEnd = {}): void {
    this.#end ??= end;
    if (this.#reader !== undefined) this.#settle(this.#end);
    this.#tellWanted?.();
  }

  #fallBehind(): void {
    const error = new BentoError("BENTO_UNAVAILABLE", `The stream was read too slowly: its batch is ${mostBehind} steps ahead.`, {
      hint: "Read it as it comes.",
    });
    this.#slices = [];
    this.finish({ error });
    this.#onLeave(error);
  }

  #settle(end: LaneEnd): void {
    if ("error" in end) this.#reader?.reject(end.error);
    else this.#reader?.resolve({ done: true, value: undefined });
    this.#reader = undefined;
  }
}

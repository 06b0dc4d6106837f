import { BentoError } from "@bento/core";

type Result = IteratorResult<string, undefined>;

/** Where a reader reads. */
export interface ReadSource {
  /** The next event for the reader, if it is there. */
  take(): string | undefined;
  /** Whether there will be no more events. */
  readonly isWhole: boolean;
  /** The reader reads no more. */
  left(reader: StreamReader): void;
}

/** One connection's way through a stream that outlives it. */
export class StreamReader implements AsyncIterable<string>, AsyncIterator<string, undefined> {
  readonly #source: ReadSource;
  #waiting: { readonly resolve: (result: Result) => void; readonly reject: (reason: Error) => void } | undefined;
  #ended: Error | "ended" | undefined;

  constructor(source: ReadSource) {
    this.#source = source;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    if (this.#ended === "ended") return Promise.resolve({ done: true, value: undefined });
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const event = this.#source.take();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    if (this.#source.isWhole) return this.return();
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  return(): Promise<Result> {
    this.#end("ended");
    return Promise.resolve({ done: true, value: undefined });
  }

  /** There is an event, or the end. */
  wake(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) this.next().then(waiting.resolve, waiting.reject);
  }

  /** Sends a text that is no event, unless an event is on its way. */
  remark(text: string): void {
    this.#waiting?.resolve({ done: false, value: text });
    this.#waiting = undefined;
  }

  /** Another connection reads on: this one must not look as if it were whole. */
  displace(): void {
    this.#end(new BentoError("BENTO_CANCELLED", "The stream is read on another connection."));
  }

  #end(how: Error | "ended"): void {
    if (this.#ended !== undefined) return;
    this.#ended = how;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (how === "ended") waiting?.resolve({ done: true, value: undefined });
    else waiting?.reject(how);
    this.#source.left(this);
  }
}

import { Writable } from "node:stream";

type Result = IteratorResult<Uint8Array, undefined>;

/** Bytes that wait for a reader at most, besides the piece that is next. */
const mostWaiting = 64 * 1024;

/** A piece that waits, and who is to be told when it is taken. */
interface Held {
  readonly bytes: Uint8Array;
  readonly taken: () => void;
}

/**
 * What is written, for a reader that takes it at its own speed: what writes waits meanwhile. What came in very many pieces
 * is given in few.
 */
export class IncomingPieces extends Writable implements AsyncIterator<Uint8Array, undefined> {
  #held: Held | undefined;
  #reader: { readonly resolve: (result: Result) => void; readonly reject: (error: unknown) => void } | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isEnded = false;
  readonly #onLeave: (() => void) | undefined;

  /** @param onLeave told at once when no more is taken before the end */
  constructor(onLeave?: () => void) {
    super({ highWaterMark: mostWaiting });
    this.#onLeave = onLeave;
    // Whoever reads is told.
    this.on("error", (error) => this.#fail(error));
  }

  /** The next piece; asked for once at a time. */
  next(): Promise<Result> {
    const held = this.#held;
    if (held !== undefined) {
      this.#held = undefined;
      held.taken();
      return Promise.resolve({ done: false, value: held.bytes });
    }
    if (this.#failure !== undefined) {
      const { error } = this.#failure;
      this.#failure = undefined;
      this.#isEnded = true;
      return Promise.reject(error);
    }
    if (this.#isEnded) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => (this.#reader = { resolve, reject }));
  }

  /** Takes no more. */
  return(): Promise<Result> {
    this.#end();
    this.destroy();
    return Promise.resolve({ done: true, value: undefined });
  }

  override _write(piece: Uint8Array, _encoding: string, done: () => void): void {
    if (this.#reader === undefined) this.#held = { bytes: piece, taken: done };
    else {
      this.#give({ done: false, value: piece });
      done();
    }
  }

  override _writev(pieces: { readonly chunk: Uint8Array }[], done: () => void): void {
    this._write(Buffer.concat(pieces.map(({ chunk }) => chunk)), "buffer", done);
  }

  override _final(done: () => void): void {
    this.#end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.writableFinished) this.#onLeave?.();
    done(error);
  }

  #give(result: Result): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.resolve(result);
  }

  #end(): void {
    this.#isEnded = true;
    this.#give({ done: true, value: undefined });
  }

  #fail(error: unknown): void {
    if (this.#isEnded) return;
    if (this.#reader === undefined) {
      this.#failure = { error };
      return;
    }
    this.#isEnded = true;
    this.#reader.reject(error);
    this.#reader = undefined;
  }
}

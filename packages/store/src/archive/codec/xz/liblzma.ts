import { createRequire } from "node:module";

/** What of a native stream of lzma-native is used here; its types know only the Node stream around it. */
interface NativeStream {
  streamDecoder(options: { readonly memlimit: number }): void;
  aloneDecoder(options: { readonly memlimit: number }): void;
  setBufsize(bytes: number): void;
  code(input: Uint8Array | null, isAsync: true): void;
  resetUnderlying(): void;
  bufferHandler: (
    output: Uint8Array | null | undefined,
    done: number | undefined,
    error: LzmaError | null | undefined,
    totalIn: number | null,
  ) => void;
}

/** An error of liblzma: `name` is its code, such as `LZMA_DATA_ERROR`. */
export type LzmaError = Error & { readonly name: string };

/** What one piece of input gave. */
export interface Coded {
  readonly output: readonly Uint8Array[];
  /** The coder has seen the end of what it codes, and takes no more. */
  readonly isEnded: boolean;
  /** Bytes of all input taken so far. */
  readonly totalIn: number;
}

let Stream: (new () => NativeStream) | undefined;

/** Loaded at first use: it is a native module, which most users of the store never need. */
function newStream(): NativeStream {
  Stream ??= (createRequire(import.meta.url)("lzma-native") as { readonly Stream: new () => NativeStream }).Stream;
  return new Stream();
}

/**
 * One run of liblzma, coding on libuv's thread pool.
 *
 * lzma-native's Node streams are passed by: they queue as much output as one write gives, lose what follows the end of
 * a stream, and cannot be closed safely while coding. Their native object is used directly instead, one piece of
 * input at a time: it holds a lock while it codes, so a second call would stop the main thread.
 */
export class Liblzma {
  readonly #native = newStream();
  #output: Uint8Array[] = [];
  #isEnded = false;
  #error: LzmaError | undefined;
  #totalIn = 0;
  #waiting: (() => void) | undefined;
  #isClosed = false;
  readonly #tell = (): void => this.#waiting?.();

  private constructor(outputPieceBytes: number) {
    this.#native.setBufsize(outputPieceBytes);
    this.#native.bufferHandler = (output, done, error, totalIn) => {
      if (totalIn !== null) this.#totalIn = totalIn;
      if (output instanceof Uint8Array) this.#output.push(output);
      else if (output === null) {
        this.#isEnded = true;
        this.#error = error ?? undefined;
      }
      // Native code goes on after this call returns, so whoever waits is told outside of it.
      if (output === null || done !== undefined) setImmediate(this.#tell);
    };
  }

  /** A decoder of one `.xz` stream. */
  static streamDecoder(memoryLimit: number): Liblzma {
    const coder = new Liblzma(1 << 18);
    coder.#native.streamDecoder({ memlimit: memoryLimit });
    return coder;
  }

  /** A decoder of a legacy `.lzma` file. */
  static aloneDecoder(memoryLimit: number): Liblzma {
    const coder = new Liblzma(1 << 18);
    coder.#native.aloneDecoder({ memlimit: memoryLimit });
    return coder;
  }

  /**
   * Codes a piece of input; `null` says that there is no more. One call at a time.
   * @throws LzmaError
   */
  async code(input: Uint8Array | null): Promise<Coded> {
    // An empty piece would mean the end to lzma-native.
    if (input?.length !== 0 && !this.#isEnded) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
        this.#native.code(input, true);
      });
      this.#waiting = undefined;
    }
    if (this.#error !== undefined) throw this.#error;
    const output = this.#output;
    this.#output = [];
    return { output, isEnded: this.#isEnded, totalIn: this.#totalIn };
  }

  /** Frees its memory; not before the last call of {@link code} has settled. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#native.resetUnderlying();
  }
}

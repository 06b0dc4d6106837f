import { setMaxListeners } from "node:events";

/** What one request brings: little enough that a process which reads 4 GiB stays below 200 MiB. Bytes. */
export const partBytes = 4 * 1024 * 1024;
/** Parts that are read at the same time at most: what they bring is held until it is its turn. */
const mostLanes = 6;

/** Reads a range; ends with its signal. */
export type ReadPart = (start: number, end: number, signal: AbortSignal | undefined) => AsyncIterable<Uint8Array>;

/** Which bytes are read, and until when. */
export interface ReadRange {
  readonly start: number;
  readonly end: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A range, read by several requests ahead of its taker and given in order. The others begin when the first bytes were
 * taken: who looks at the beginning only has asked for one part.
 * @throws what a part throws, when all others have ended
 */
export async function* parallelRead(
  read: ReadPart,
  { start, end, lanes, signal }: ReadRange & { readonly lanes: number },
): AsyncGenerator<Uint8Array, void> {
  const leaving = new AbortController();
  const stop = AbortSignal.any(signal === undefined ? [leaving.signal] : [leaving.signal, signal]);
  setMaxListeners(0, stop);
  const ahead: PartAhead[] = [];
  const running = new Set<Promise<void>>();
  let begun = start;
  const fill = (count: number): void => {
    while (ahead.length < count && begun < end) {
      const part = new PartAhead(read(begun, Math.min(begun + partBytes, end), stop));
      running.add(part.ended);
      void part.ended.then(() => running.delete(part.ended));
      ahead.push(part);
      begun += partBytes;
    }
  };
  try {
    for (;;) {
      fill(1);
      const part = ahead.shift();
      if (part === undefined) return;
      for await (const chunk of part.chunks()) {
        yield chunk;
        fill(Math.min(lanes, mostLanes) - 1);
      }
    }
  } finally {
    leaving.abort();
    await Promise.all(running);
  }
}

/** A part that is being read, whoever waits for it or not. */
class PartAhead {
  /** Fulfilled when nothing is read any more, however it ended. */
  readonly ended: Promise<void>;
  readonly #chunks: Uint8Array[] = [];
  #failure: { readonly error: unknown } | undefined;
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.ended = this.#read(stream);
  }

  async *chunks(): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) yield chunk;
      else if (this.#failure !== undefined) throw this.#failure.error;
      else if (this.#isOver) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async #read(stream: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const chunk of stream) {
        this.#chunks.push(chunk);
        this.#wake?.();
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.#isOver = true;
    this.#wake?.();
  }
}

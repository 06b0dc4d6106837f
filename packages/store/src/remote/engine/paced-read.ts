import { parallelRead, partBytes, type ReadPart, type ReadRange } from "./parallel-read.js";

/**
 * What one request brings a second where others beside it bring nothing more: what takes the time is then work of the two
 * machines, of which several requests make more, and not the way between them. Bytes.
 */
const defaultPlentyPerSecond = 128 * 1024 * 1024;
/** What is read by one request, to see how much it brings. Bytes. */
export const trialBytes = 2 * partBytes;

/** What a read at a pace needs to know. */
export interface PacedReadOptions extends ReadRange {
  /** Requests at the same time that bring more than one where the way is long. */
  readonly lanes: number;
  /** Default: 128 MiB a second. */
  readonly plentyPerSecond?: number | undefined;
}

/**
 * A range, by several requests at once where one of them brings little. One begins; how much it brought decides about
 * what is left, whether it goes by one more request or by many.
 * @throws what `read` throws
 */
export async function* pacedRead(read: ReadPart, options: PacedReadOptions): AsyncGenerator<Uint8Array, void> {
  const { start, end, lanes, signal, plentyPerSecond: plenty = defaultPlentyPerSecond } = options;
  const trialEnd = start + trialBytes;
  if (lanes <= 1 || end - trialEnd <= partBytes) return yield* read(start, end, signal);
  const pace = new Pace();
  yield* pace.of(read(start, trialEnd, signal));
  const left = { start: trialEnd, end, signal };
  if (pace.perSecond >= plenty) yield* read(left.start, left.end, left.signal);
  else yield* parallelRead(read, { ...left, lanes });
}

/** How much a stream brings while somebody waits for it: what its taker takes its time for is not the stream's. */
class Pace {
  #bytes = 0;
  #waitedMs = 0;

  /** Bytes a second; what came with the first chunk, for which a connection is made, does not count. */
  get perSecond(): number {
    return this.#bytes / (this.#waitedMs / 1000);
  }

  async *of(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    let asked: number | undefined;
    for await (const chunk of chunks) {
      if (asked !== undefined) {
        this.#waitedMs += performance.now() - asked;
        this.#bytes += chunk.length;
      }
      yield chunk;
      asked = performance.now();
    }
  }
}

import type { BentoError } from "@bento/core";
import { type InflateRaw, constants, crc32, createInflateRaw } from "node:zlib";
import { checkSignal } from "../../store/cancellation.js";
import type { ChunkReader } from "./chunk-reader.js";
import { damaged } from "./damage.js";
import type { DeflateSums } from "./deflate.js";

/** Bytes that come out in one piece at most. */
const chunkSize = 256 * 1024;

/**
 * Reads one raw deflate stream and not a byte more: yields what it holds and returns the sums, with the number of bytes
 * it took. What stands behind it is left in the reader.
 * @throws BENTO_ARCHIVE_INVALID when it is damaged or cut off, BENTO_CANCELLED by the signal
 */
export async function* inflateRaw(reader: ChunkReader, signal: AbortSignal): AsyncGenerator<Uint8Array, DeflateSums, void> {
  const engine = new Engine();
  const sums = { crc32: 0, size: 0, compressedSize: 0 };
  try {
    for (let isEnded = false; !isEnded;) {
      const chunk = await reader.next();
      const before = engine.taken;
      for await (const bytes of engine.feed(chunk)) {
        checkSignal(signal, "Decompressing");
        sums.crc32 = crc32(bytes, sums.crc32);
        sums.size += bytes.length;
        yield bytes;
      }
      const taken = engine.taken - before;
      sums.compressedSize += taken;
      isEnded = chunk === undefined || taken < chunk.length;
      if (chunk !== undefined) reader.giveBack(chunk.subarray(taken));
    }
    return sums;
  } finally {
    engine.close();
  }
}

/** zlib's stream, pulled instead of flowing, so that the number of bytes it took is known after each chunk. */
class Engine {
  readonly #zlib: InflateRaw = createInflateRaw({ chunkSize, readableHighWaterMark: chunkSize, finishFlush: constants.Z_FINISH } as object);
  #problem: Error | undefined;
  #wake: () => void = () => {};

  constructor() {
    const wake = (): void => this.#wake();
    this.#zlib.on("readable", wake).on("end", wake);
    this.#zlib.on("error", (error) => {
      this.#problem = error;
      this.#wake();
    });
  }

  get taken(): number {
    return this.#zlib.bytesWritten;
  }

  /** What one more chunk gives, or the end of the input. */
  async *feed(chunk: Uint8Array | undefined): AsyncGenerator<Uint8Array, void> {
    let isDone = false;
    const whenDone = (): void => {
      isDone = true;
      this.#wake();
    };
    if (chunk === undefined) this.#zlib.end(whenDone);
    else this.#zlib.write(chunk, whenDone);
    for (;;) {
      const bytes = this.#zlib.read() as Uint8Array | null;
      if (this.#problem !== undefined) throw notDeflate(this.#problem);
      if (bytes !== null) yield bytes;
      else if (isDone) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  close(): void {
    this.#zlib.destroy();
  }
}

function notDeflate(cause: Error): BentoError {
  const isCut = (cause as NodeJS.ErrnoException).code === "Z_BUF_ERROR";
  return damaged(isCut ? "The compressed data is cut off." : `The compressed data is damaged: ${cause.message}.`, cause);
}

import type { CompressOptions } from "../codec.js";
import { deflateBlocks } from "../deflate.js";

/** Deflate, no flags, no time, no extra flags, an unknown system: the same on every machine. */
const header = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);

/** One gzip member without a name. */
export async function* gzipped(input: AsyncIterable<Uint8Array>, options: CompressOptions): AsyncGenerator<Uint8Array, void> {
  yield header.slice();
  const { crc32, size } = yield* deflateBlocks(input, options);
  const trailer = new DataView(new ArrayBuffer(8));
  trailer.setUint32(0, crc32, true);
  trailer.setUint32(4, size % 2 ** 32, true);
  yield new Uint8Array(trailer.buffer);
}

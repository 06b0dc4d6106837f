import type { CompressOptions } from "../codec.js";
import { type DeflateSums, deflateBlocks } from "../deflate.js";

/** Deflate, no flags, no time, no extra flags, an unknown system: the same on every machine. */
const header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/** One gzip member without a name. */
export async function* gzipped(input: AsyncIterable<Uint8Array>, options: CompressOptions): AsyncGenerator<Uint8Array, void> {
  const deflated = deflateBlocks(input, options);
  try {
    // The input is opened before anything is handed out, so that it is closed by whoever stops at the header, too.
    let next = await deflated.next();
    yield Uint8Array.from(header);
    for (; !next.done; next = await deflated.next()) yield next.value;
    yield trailer(next.value);
  } finally {
    await deflated.return({ crc32: 0, size: 0, compressedSize: 0 });
  }
}

function trailer({ crc32, size }: DeflateSums): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, crc32, true);
  view.setUint32(4, size % 2 ** 32, true);
  return new Uint8Array(view.buffer);
}

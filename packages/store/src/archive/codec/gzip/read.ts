import { ChunkReader } from "../chunk-reader.js";
import type { DecompressOptions } from "../codec.js";
import { damaged } from "../damage.js";
import { type DeflateSums } from "../deflate.js";
import { inflateRaw } from "../inflate.js";
import { skipHeader } from "./header.js";

/** The members of a gzip file, one after the other. Zeros may stand behind the last one: padding, which gzip passes over too. */
export async function* gunzipped(input: AsyncIterable<Uint8Array>, { signal }: DecompressOptions): AsyncGenerator<Uint8Array, void> {
  const reader = new ChunkReader(input);
  try {
    for (let isFirst = true; isFirst || !(await isAtEnd(reader)); isFirst = false) {
      await skipHeader(reader, isFirst);
      const sums = yield* inflateRaw(reader, signal);
      await checkTrailer(reader, sums);
    }
  } finally {
    await reader.close();
  }
}

/** Whether nothing but zeros is left. */
async function isAtEnd(reader: ChunkReader): Promise<boolean> {
  const next = await reader.next();
  if (next === undefined) return true;
  reader.giveBack(next);
  if (next[0] !== 0) return false;
  for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
    if (chunk.some((byte) => byte !== 0)) throw damaged("Something stands behind the end of the gzip data.");
  }
  return true;
}

async function checkTrailer(reader: ChunkReader, sums: DeflateSums): Promise<void> {
  const bytes = await reader.take(8);
  if (bytes.length < 8) throw damaged("The gzip data is cut off before its checksum.");
  const trailer = new DataView(bytes.buffer, bytes.byteOffset, 8);
  if (trailer.getUint32(0, true) !== sums.crc32) throw damaged("The gzip data does not fit its checksum.");
  if (trailer.getUint32(4, true) !== sums.size % 2 ** 32) throw damaged("The gzip data is not as long as it says it is.");
}

import { crc32 } from "node:zlib";
import type { ChunkReader } from "../chunk-reader.js";
import { damaged } from "../damage.js";

const flags = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 };

/**
 * Reads the header of a member; what it says of name, time and system is of no use here.
 * @throws BENTO_ARCHIVE_INVALID
 */
export async function skipHeader(reader: ChunkReader, isFirst: boolean): Promise<void> {
  const fixed = await reader.take(10);
  if (fixed[0] !== 0x1f || (fixed.length > 1 && fixed[1] !== 0x8b)) {
    throw damaged(isFirst ? "This is no gzip data." : "Something stands behind the end of the gzip data.");
  }
  if (fixed.length < 10) throw cut();
  if (fixed[2] !== 8) throw damaged(`The gzip data says that it is compressed by method ${fixed[2]}; only 8 is known.`);
  const has = fixed[3] as number;
  if (has & flags.reserved) throw damaged("The header of the gzip data has flags that mean nothing.");
  let crc = crc32(fixed);
  if (has & flags.extra) crc = await skipExtra(reader, crc);
  if (has & flags.name) crc = await skipText(reader, crc);
  if (has & flags.comment) crc = await skipText(reader, crc);
  if (has & flags.headerCrc) await checkHeaderCrc(reader, crc);
}

async function skipExtra(reader: ChunkReader, crc: number): Promise<number> {
  const length = await reader.take(2);
  if (length.length < 2) throw cut();
  const size = (length[0] as number) + (length[1] as number) * 256;
  const extra = await reader.take(size);
  if (extra.length < size) throw cut();
  return crc32(extra, crc32(length, crc));
}

/** Text up to a zero byte. */
async function skipText(reader: ChunkReader, before: number): Promise<number> {
  let crc = before;
  for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
    const end = chunk.indexOf(0) + 1;
    if (end > 0) reader.giveBack(chunk.subarray(end));
    crc = crc32(end > 0 ? chunk.subarray(0, end) : chunk, crc);
    if (end > 0) return crc;
  }
  throw cut();
}

async function checkHeaderCrc(reader: ChunkReader, crc: number): Promise<void> {
  const given = await reader.take(2);
  if (given.length < 2) throw cut();
  if ((given[0] as number) + (given[1] as number) * 256 !== crc % 65536)
    throw damaged("The header of the gzip data does not fit its checksum.");
}

function cut(): Error {
  return damaged("The gzip data is cut off in its header.");
}

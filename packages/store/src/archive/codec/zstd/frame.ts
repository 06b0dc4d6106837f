import type { ChunkReader } from "../chunk-reader.js";
import { damaged } from "../damage.js";

/** What stands at the start of a frame. */
export interface FrameHeader {
  /** The header itself. */
  readonly bytes: Uint8Array;
  /** Bytes of content, if it says so. */
  readonly contentSize: number | undefined;
  /** How far its blocks look back. Bytes. */
  readonly windowSize: number;
  readonly hasChecksum: boolean;
}

const frameMagic = 0xfd2fb528;
/** Sixteen of them, which differ in the last digit. */
const skippableMagic = 0x184d2a50;
/** What `zstd -d` allows unasked, too. Bytes. */
const largestWindow = 128 * 1024 * 1024;
const largestBlock = 128 * 1024;
const contentSizeBytes = [0, 2, 4, 8];
const dictionaryBytes = [0, 1, 2, 4];

/**
 * Reads up to the first block of the next frame, past frames that are to be skipped.
 * @returns `undefined` at the end of the data
 * @throws BENTO_ARCHIVE_INVALID
 */
export async function nextFrame(reader: ChunkReader, isFirst: boolean): Promise<FrameHeader | undefined> {
  for (let isStart = isFirst; ; isStart = false) {
    const start = await reader.take(4);
    if (start.length === 0 && !isStart) return undefined;
    const magic = numberOf(start, 0, start.length);
    if (start.length === 4 && magic === frameMagic) return await readHeader(reader, start);
    if (start.length < 4 || magic - (magic % 16) !== skippableMagic) throw notAFrame(start, isStart);
    await skip(reader);
  }
}

/** What the blocks of one run hold at most, unpacked, unless it is a single one. Bytes. */
const largestRun = 16 * largestBlock;
/** What the blocks of one run take at most, unless it is a single one. Bytes. */
const largestPackedRun = 64 * 1024;
const blockHeaderSize = 3;

/** A block as its header announces it. */
interface Block {
  /** Bytes with the header. */
  readonly packed: number;
  /** Bytes of content, at most. */
  readonly unpacked: number;
  readonly isLast: boolean;
}

/**
 * The blocks of a frame, then its checksum, in runs of whole blocks or in parts of one block. Small blocks come many at
 * a time, because they may be empty, or hold one byte: whoever took each by itself could be kept busy for a minute by
 * some megabytes. A run holds no more than 2 MiB, unpacked.
 */
export async function* blocksOfFrame(reader: ChunkReader, { windowSize, hasChecksum }: FrameHeader): AsyncGenerator<Uint8Array, void> {
  for (let isLast = false; !isLast;) {
    const chunk = await reader.next();
    if (chunk === undefined) throw cutOff();
    const run = wholeBlocks(chunk, windowSize);
    if (run.length > 0) {
      reader.giveBack(chunk.subarray(run.length));
      yield chunk.subarray(0, run.length);
      ({ isLast } = run);
      continue;
    }
    reader.giveBack(chunk);
    const header = await taken(reader, blockHeaderSize);
    const block = blockAt(header, 0, windowSize);
    yield header;
    if (block.packed > blockHeaderSize) yield await taken(reader, block.packed - blockHeaderSize);
    ({ isLast } = block);
  }
  if (hasChecksum) yield await taken(reader, 4);
}

/** The blocks at the start of a chunk that are there as a whole. */
function wholeBlocks(chunk: Uint8Array, windowSize: number): { readonly length: number; readonly isLast: boolean } {
  let length = 0;
  let room = largestRun;
  while (chunk.length - length >= blockHeaderSize) {
    const block = blockAt(chunk, length, windowSize);
    room -= block.unpacked;
    const end = length + block.packed;
    if (end > chunk.length || (length > 0 && (room < 0 || end > largestPackedRun))) break;
    length = end;
    if (block.isLast) return { length, isLast: true };
  }
  return { length, isLast: false };
}

/** @throws BENTO_ARCHIVE_INVALID */
function blockAt(bytes: Uint8Array, at: number, windowSize: number): Block {
  const value = numberOf(bytes, at, blockHeaderSize);
  const type = (value >> 1) & 3;
  const size = value >> 3;
  const most = Math.min(largestBlock, windowSize);
  if (type === 3 || size > most) throw damaged("The zstd data holds a block that cannot be.");
  // A block of one byte, repeated, holds that byte alone; of a compressed one only the packed size is known.
  return { packed: blockHeaderSize + (type === 1 ? 1 : size), unpacked: type === 2 ? most : size, isLast: (value & 1) === 1 };
}

async function readHeader(reader: ChunkReader, magic: Uint8Array): Promise<FrameHeader> {
  const first = await taken(reader, 1);
  const descriptor = first[0] as number;
  if (descriptor & 8) throw damaged("The header of a zstd frame has a flag that means nothing.");
  const hasWindow = (descriptor & 32) === 0;
  const dictionarySize = dictionaryBytes[descriptor & 3] as number;
  const contentSizeSize = hasWindow || descriptor >> 6 > 0 ? (contentSizeBytes[descriptor >> 6] as number) : 1;
  const windowSize = hasWindow ? 1 : 0;
  const rest = await taken(reader, windowSize + dictionarySize + contentSizeSize);
  if (numberOf(rest, windowSize, dictionarySize) !== 0) throw damaged("The zstd data was made with a dictionary, which is not here.");
  const contentSize =
    contentSizeSize === 0 ? undefined : numberOf(rest, windowSize + dictionarySize, contentSizeSize) + (contentSizeSize === 2 ? 256 : 0);
  const window = hasWindow ? windowOf(rest[0] as number) : (contentSize as number);
  if (window > largestWindow)
    throw damaged(`The zstd data needs a window of ${window} bytes; ${largestWindow} is the most that is allowed.`);
  return { bytes: Buffer.concat([magic, first, rest]), contentSize, windowSize: window, hasChecksum: (descriptor & 4) !== 0 };
}

function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

async function skip(reader: ChunkReader): Promise<void> {
  for (let left = numberOf(await taken(reader, 4), 0, 4); left > 0;) {
    left -= (await taken(reader, Math.min(left, largestBlock))).length;
  }
}

async function taken(reader: ChunkReader, count: number): Promise<Uint8Array> {
  const bytes = await reader.take(count);
  if (bytes.length < count) throw cutOff();
  return bytes;
}

function cutOff(): Error {
  return damaged("The zstd data is cut off.");
}

function notAFrame(start: Uint8Array, isStart: boolean): Error {
  const isCut =
    start.length > 0 && start.length < 4 && [0x28, 0xb5, 0x2f].every((byte, index) => index >= start.length || start[index] === byte);
  if (isCut) return cutOff();
  return damaged(isStart ? "This is no zstd data." : "Something stands behind the end of the zstd data.");
}

/** A whole number of some bytes, the lowest first. */
function numberOf(bytes: Uint8Array, start: number, count: number): number {
  let value = 0;
  for (let index = start + count - 1; index >= start; index -= 1) value = value * 256 + (bytes[index] as number);
  return value;
}

import { checkSignal } from "../../../store/cancellation.js";
import { runInThread } from "../../../threads/thread-pool.js";
import { ChunkReader } from "../chunk-reader.js";
import type { DecompressOptions } from "../codec.js";
import { damaged } from "../damage.js";
import { blocksAtOnce } from "../parallelism.js";
import { type Bits, joined, numberAt } from "./bits.js";
import { type Segment, segmentsOf } from "./segments.js";

/** A block that holds one byte over and over becomes 46 MB: in the thread's memory, and here. Bytes. */
const memoryEach = 96 * 1024 * 1024;
/** How often a block that cannot be read is tried again with the segment behind it. */
const mostJoined = 16;

/** A segment, and the work on it if it is a block. */
interface Item extends Segment {
  readonly content: Bits;
  readonly decompressed: Promise<Uint8Array | undefined> | undefined;
}

/** bzip2 streams, one after the other. Their blocks are found by their magic numbers and decompressed in the threads. */
export async function* readBzip2(
  input: AsyncIterable<Uint8Array>,
  { maxMemory, signal }: DecompressOptions,
): AsyncGenerator<Uint8Array, void> {
  const reader = new ChunkReader(input);
  const queue = new Queue(segmentsOf(reader), blocksAtOnce(maxMemory, memoryEach));
  try {
    checkHeader(await reader.take(4), "This is no bzip2 data.");
    let crc = 0;
    for (let item = await queue.next(); item !== undefined; item = await queue.next()) {
      checkSignal(signal, "Decompressing");
      if (item.decompressed === undefined) {
        checkEnd(item.content, crc);
        crc = 0;
        continue;
      }
      const bytes = (await item.decompressed) ?? (await decompressedWithNext(item, queue, signal));
      // The CRC-32 of the block itself stands behind its magic number, and was checked by libbzip2.
      crc = (((crc << 1) | (crc >>> 31)) ^ numberAt(item.content, 48, 32)) >>> 0;
      if (bytes.length > 0) yield bytes;
    }
  } finally {
    await queue.close();
    await reader.close();
  }
}

/** For a block that holds what looks like a magic number. */
async function decompressedWithNext(item: Item, queue: Queue, signal: AbortSignal): Promise<Uint8Array> {
  let content = item.content;
  for (let tries = 0; tries < mostJoined; tries += 1) {
    const next = await queue.next();
    if (next === undefined) break;
    await next.decompressed;
    checkSignal(signal, "Decompressing");
    content = joined(content, next.content);
    const bytes = await decompress(content);
    if (bytes !== undefined) return bytes;
  }
  throw damaged("A block of the bzip2 data is damaged.");
}

function checkEnd(content: Bits, crc: number): void {
  if (content.bits < 80) throw damaged("The bzip2 data is cut off before its checksum.");
  if (numberAt(content, 48, 32) !== crc) throw damaged("The bzip2 data does not fit its checksum.");
  const next = content.bytes.subarray(Math.ceil((content.start + 80) / 8));
  if (next.length > 0) checkHeader(next, "Something stands behind the end of the bzip2 data.");
}

/** A header has nothing behind it up to the next magic number. */
function checkHeader(bytes: Uint8Array, problem: string): void {
  const [b, z, h, level] = bytes;
  if (bytes.length !== 4 || b !== 0x42 || z !== 0x5a || h !== 0x68 || level === undefined || level < 0x31 || level > 0x39)
    throw damaged(problem);
}

/** The segments in their order, with as many blocks in work as may be. */
class Queue {
  readonly #segments: AsyncGenerator<Segment, void>;
  readonly #atOnce: number;
  readonly #items: Item[] = [];
  #isEnded = false;

  constructor(segments: AsyncGenerator<Segment, void>, atOnce: number) {
    this.#segments = segments;
    this.#atOnce = atOnce;
  }

  async next(): Promise<Item | undefined> {
    while (!this.#isEnded && this.#items.length < this.#atOnce) {
      const next = await this.#segments.next();
      if (next.done) this.#isEnded = true;
      else this.#items.push({ ...next.value, decompressed: next.value.kind === "block" ? decompress(next.value.content) : undefined });
    }
    return this.#items.shift();
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#items.flatMap(({ decompressed }) => decompressed ?? []));
    await this.#segments.return();
  }
}

/** The content of a block; `undefined` when it is not valid. */
function decompress({ bytes, start, bits }: Bits): Promise<Uint8Array | undefined> {
  const decompressed = runInThread<Uint8Array | undefined>("bzip2-decompress", { bytes, start, bits });
  // Looked at when its turn comes.
  decompressed.catch(() => {});
  return decompressed;
}

import { checkSignal } from "../../store/cancellation.js";
import { runInThread } from "../../threads/thread-pool.js";
import type { Compression } from "../compression.js";
import { mapInOrder, ownBlocksOf } from "./blocks.js";
import type { CompressOptions } from "./codec.js";
import { combineCrc32 } from "./crc32-combine.js";
import { blocksAtOnce } from "./parallelism.js";

/** Bytes that are compressed in one go. */
const blockSize = 1024 * 1024;
/** A chunk of the input, the block of it, the output, and zlib's own tables, for one block. Bytes. */
const memoryEach = 4 * 1024 * 1024;
/** How far deflate looks back. Bytes. */
const windowSize = 32 * 1024;
/** An empty block that is marked as the last one. */
const end = Uint8Array.of(3, 0);

/** What a reader checks a deflated stream by. */
export interface DeflateSums {
  /** Of the bytes before compression. */
  readonly crc32: number;
  /** Bytes before compression. */
  readonly size: number;
  readonly compressedSize: number;
}

/** What a thread answers: see `threads/tasks/deflate.js`. */
interface DeflatedBlock {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly crc32: number;
}

/**
 * One raw deflate stream, made block by block in the threads: yields its bytes and returns the sums,
 * `const sums = yield* deflateBlocks(...)`.
 *
 * `"adaptive"` stores, entropy-codes or compresses (level 6) each 16 KiB from its bytes alone; `"store"` is level 0,
 * `"fast"` 1, `"best"` 9.
 * @throws BENTO_CANCELLED by the signal, and what the input throws
 */
export async function* deflateBlocks(
  input: AsyncIterable<Uint8Array>,
  { compression, maxMemory, signal }: CompressOptions,
): AsyncGenerator<Uint8Array, DeflateSums, void> {
  const level = levelOf(compression);
  let crc32 = 0;
  let size = 0;
  let compressedSize = end.length;
  const blocks = withDictionaries(ownBlocksOf(input, blockSize));
  const atOnce = blocksAtOnce(maxMemory, memoryEach);
  for await (const deflated of mapInOrder(blocks, atOnce, async ({ block, dictionary }) => ({
    size: block.length,
    ...(await deflate(block, dictionary, level)),
  }))) {
    checkSignal(signal, "Compressing");
    crc32 = combineCrc32(crc32, deflated.crc32, deflated.size);
    size += deflated.size;
    compressedSize += deflated.bytes.length;
    yield deflated.bytes;
  }
  yield end.slice();
  return { crc32, size, compressedSize };
}

/** The level of zlib that a compression means. */
export function levelOf(compression: Compression): number | "adaptive" {
  if (compression === "store") return 0;
  if (compression === "fast") return 1;
  return compression === "best" ? 9 : compression;
}

interface BlockToDeflate {
  readonly block: Uint8Array<ArrayBuffer>;
  /** What deflate may refer back to. */
  readonly dictionary: Uint8Array<ArrayBuffer> | undefined;
}

async function* withDictionaries(blocks: AsyncIterable<Uint8Array<ArrayBuffer>>): AsyncGenerator<BlockToDeflate, void> {
  let dictionary: Uint8Array<ArrayBuffer> | undefined;
  for await (const block of blocks) {
    // Before the block moves away.
    const next = block.slice(-windowSize);
    yield { block, dictionary };
    dictionary = next;
  }
}

/** Both move to the thread. */
function deflate(
  block: Uint8Array<ArrayBuffer>,
  dictionary: Uint8Array<ArrayBuffer> | undefined,
  level: number | "adaptive",
): Promise<DeflatedBlock> {
  return runInThread<DeflatedBlock>(
    "deflate",
    { block, dictionary, level },
    dictionary === undefined ? [block.buffer] : [block.buffer, dictionary.buffer],
  );
}

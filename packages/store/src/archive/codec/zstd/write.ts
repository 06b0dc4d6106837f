import { checkSignal } from "../../../store/cancellation.js";
import { runInThread } from "../../../threads/thread-pool.js";
import type { Compression } from "../../compression.js";
import { mapInOrder, ownBlocksOf } from "../blocks.js";
import type { CompressOptions } from "../codec.js";
import { blocksAtOnce } from "../parallelism.js";

/** The content of a frame: as far as level 3 looks back. Larger ones take more memory and save less than one percent. Bytes. */
const blockSize = 2 * 1024 * 1024;
const mebibyte = 1024 * 1024;
/** The strongest level that `zstd` takes without being urged. */
const bestLevel = 19;

/**
 * Blocks are compressed by the threads, each to a frame of its own with a checksum.
 *
 * `"store"` and 0 are raw blocks, `"fast"` is level 1, `"best"` level 19. `"adaptive"` is level 3 where something repeats,
 * else level 1 or raw blocks; what is shorter than 1 MiB is compressed at level 6.
 */
export async function* writeZstd(
  input: AsyncIterable<Uint8Array>,
  { compression, maxMemory, signal }: CompressOptions,
): AsyncGenerator<Uint8Array, void> {
  const level = levelOf(compression);
  let isEmpty = true;
  for await (const frame of mapInOrder(ownBlocksOf(input, blockSize), blocksAtOnce(maxMemory, memoryEach(level)), (block) =>
    compressed(block, level),
  )) {
    checkSignal(signal, "Compressing");
    isEmpty = false;
    yield frame;
  }
  if (isEmpty) yield await compressed(new Uint8Array(0), level);
}

function levelOf(compression: Compression): number | "adaptive" {
  if (compression === "store") return 0;
  if (compression === "fast") return 1;
  return compression === "best" ? bestLevel : compression;
}

/** The block before and after, here and in the thread, and the tables of the level. */
function memoryEach(level: number | "adaptive"): number {
  return (level === bestLevel ? 80 : 32) * mebibyte;
}

function compressed(block: Uint8Array<ArrayBuffer>, level: number | "adaptive"): Promise<Uint8Array> {
  return runInThread<Uint8Array>("zstd-compress", { block, level }, [block.buffer]);
}

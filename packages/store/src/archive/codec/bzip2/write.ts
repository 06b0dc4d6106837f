import { checkSignal } from "../../../store/cancellation.js";
import { runInThread } from "../../../threads/thread-pool.js";
import type { Compression } from "../../compression.js";
import { mapInOrder, ownBlocksOf } from "../blocks.js";
import type { CompressOptions } from "../codec.js";
import { blocksAtOnce } from "../parallelism.js";

/** What fits into one block of level 9. Bytes. */
const blockSize = 900_000 - 19;
/** libbzip2's tables, and the block before and after. Bytes. */
const memoryEach = 16 * 1024 * 1024;

/**
 * Blocks are compressed by the threads, each to a stream of its own, which every reader joins again.
 *
 * bzip2 cannot store: `"store"` and 0 are level 1, as `"fast"`; `"best"` is level 9. `"adaptive"` is level 9 with smaller
 * blocks where nothing repeats.
 */
export async function* writeBzip2(
  input: AsyncIterable<Uint8Array>,
  { compression, maxMemory, signal }: CompressOptions,
): AsyncGenerator<Uint8Array, void> {
  const level = levelOf(compression);
  let isEmpty = true;
  for await (const stream of mapInOrder(ownBlocksOf(input, blockSize), blocksAtOnce(maxMemory, memoryEach), (block) =>
    compressed(block, level),
  )) {
    checkSignal(signal, "Compressing");
    isEmpty = false;
    yield stream;
  }
  if (isEmpty) yield await compressed(new Uint8Array(0), level);
}

function levelOf(compression: Compression): number | "adaptive" {
  if (compression === "store" || compression === "fast") return 1;
  if (compression === "best") return 9;
  return compression === "adaptive" ? compression : Math.max(1, compression);
}

function compressed(block: Uint8Array<ArrayBuffer>, level: number | "adaptive"): Promise<Uint8Array> {
  return runInThread<Uint8Array>("bzip2-compress", { block, level }, [block.buffer]);
}

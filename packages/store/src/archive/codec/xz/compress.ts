import { availableParallelism } from "node:os";
import { cancellation } from "../../../store/cancellation.js";
import type { CompressOptions } from "../codec.js";
import { type EncodedBlock, fullBlock, literalBlock, storedBlock } from "./encode-block.js";
import { type BlockSizes, checkCrc32, streamFooter, streamHeader, streamIndex } from "./format.js";
import { pieceBytes, planBlocks, type PlannedBlock } from "./plan-blocks.js";
import { encoderMemory, type FullSettings, settingsOf } from "./settings.js";
import { untilAborted } from "./until-aborted.js";
import { WorkAhead } from "./work-ahead.js";

const what = "Compressing";

/**
 * One `.xz` stream of blocks whose headers name their sizes, each with a CRC32, and their index: `xz -T0` and this
 * store read its blocks side by side.
 *
 * The blocks are LZMA2 without matches across their borders, so each is coded by itself: stored ones right here, those
 * of literals in worker threads, full ones by liblzma in libuv's pool. liblzma's own threads (`threads` of lzma-native)
 * are not used: they know one way for all blocks, and take more memory than can be bounded.
 */
export async function* compress(
  input: AsyncIterable<Uint8Array>,
  { compression, maxMemory, signal }: CompressOptions,
): AsyncGenerator<Uint8Array, void> {
  const settings = settingsOf(compression);
  const ahead = new WorkAhead<EncodedBlock>(maxMemory);
  const index: BlockSizes[] = [];
  try {
    yield streamHeader(checkCrc32);
    for await (const planned of planBlocks(untilAborted(input, signal, what), compression, settings.blockBytes)) {
      throwIfAborted(signal);
      const cost = costOf(planned, settings, maxMemory);
      while (!ahead.hasRoomFor(cost)) yield* taken(await ahead.take());
      ahead.start(cost, () => encode(planned, settings, signal));
    }
    while (!ahead.isEmpty) yield* taken(await ahead.take());
    const end = streamIndex(index);
    yield end;
    yield streamFooter(checkCrc32, end.length);
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  } finally {
    await ahead.settle();
  }

  function* taken({ pieces, sizes }: EncodedBlock): Generator<Uint8Array, void> {
    index.push(sizes);
    for (const piece of pieces) {
      throwIfAborted(signal);
      yield piece;
    }
  }
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw cancellation(signal, what);
}

async function encode({ plan, pieces }: PlannedBlock, settings: FullSettings, signal: AbortSignal): Promise<EncodedBlock> {
  if (plan.way === "full") return fullBlock(pieces, settings, signal);
  const piece = pieces[0] as Uint8Array;
  return plan.way === "store" ? storedBlock(piece) : literalBlock(piece, plan);
}

/** What is left of the memory for encoders: the rest is for blocks on their way in and out. */
const encodersShare = 0.85;
/** How many pieces a thread may have waiting, so that none is idle while the oldest block is not done. */
const piecesForThread = 4;

/** The share of `maxMemory` that a block takes: at least so much that no more blocks are under way than there is use for. */
function costOf({ plan, size }: PlannedBlock, settings: FullSettings, maxMemory: number): number {
  const threads = availableParallelism();
  if (plan.way !== "full") return Math.max(pieceBytes * 3, Math.floor(maxMemory / (threads * piecesForThread)));
  return Math.max((encoderMemory(Math.min(size, settings.maxDictionary)) + size) / encodersShare, Math.floor(maxMemory / threads));
}

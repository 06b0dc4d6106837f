import { availableParallelism } from "node:os";
import { cancellation } from "../../../store/cancellation.js";
import type { CompressOptions } from "../codec.js";
import { type EncodedBlock, fullBlock, literalBlock, storedBlock } from "./encode-block.js";
import { type BlockSizes, checkCrc32, streamFooter, streamHeader, streamIndex } from "./format.js";
import { pieceBytes, planBlocks, type PlannedBlock } from "./plan-blocks.js";
import { encoderMemory, fullBlockBytes, type FullSettings, settingsOf } from "./settings.js";
import { untilAborted } from "./until-aborted.js";
import { WorkAhead } from "./work-ahead.js";

const what = "Compressing";

/**
 * One `.xz` stream of blocks whose headers name their sizes, each with a CRC32, and their index: `xz -T0` and this
 * store read its blocks side by side.
 *
 * The blocks are LZMA2 without matches across their borders, so each is coded by itself: stored ones right here, others
 * in worker threads. The encoder is not lzma-native's: its liblzma is compiled without optimization, and takes 1.8
 * times as long as `xz`; the same liblzma as WebAssembly takes 1.1 times as long, and is the same on every machine.
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
    for await (const planned of planBlocks(untilAborted(input, signal, what), compression)) {
      throwIfAborted(signal);
      ahead.start(costOf(planned, settings, maxMemory), () => encode(planned, settings, signal));
      // The next block is read when it can be worked on at once: full ones are too large to lie waiting.
      while (!ahead.hasRoomFor(mostCost(settings, maxMemory))) yield* taken(await ahead.take());
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

async function encode(planned: PlannedBlock, settings: FullSettings, signal: AbortSignal): Promise<EncodedBlock> {
  if ("pieces" in planned) return fullBlock(planned.pieces, settings, signal);
  const { plan, content } = planned;
  return plan.way === "store" ? storedBlock(content) : literalBlock(content, plan);
}

/** What is left of the memory for encoders: the rest is for blocks on their way in and out. */
const encodersShare = 0.85;
/** How many pieces a thread may have waiting, so that none is idle while the oldest block is not done. */
const piecesForThread = 4;

/** The share of `maxMemory` that a block takes: at least so much that no more blocks are under way than there is use for. */
function costOf(planned: PlannedBlock, settings: FullSettings, maxMemory: number): number {
  if ("pieces" in planned) return fullCost(planned.size, settings, maxMemory);
  return Math.max(pieceBytes * 3, Math.floor(maxMemory / (availableParallelism() * piecesForThread)));
}

/** What the next block may cost. */
function mostCost(settings: FullSettings, maxMemory: number): number {
  return fullCost(fullBlockBytes, settings, maxMemory);
}

function fullCost(size: number, { maxDictionary }: FullSettings, maxMemory: number): number {
  return Math.max((encoderMemory(Math.min(size, maxDictionary)) + size) / encodersShare, Math.floor(maxMemory / availableParallelism()));
}

import type { Compression } from "../../compression.js";
import { ChunkMemory } from "../../../transfer/chunk-memory.js";
import { blocksOf } from "../blocks.js";
import { type Plan, planOf } from "./sample.js";
import { fullBlockBytes } from "./settings.js";

/** A block to be: what to do with which content. */
export type PlannedBlock = PlannedPiece | PlannedFullBlock;

/** A piece of content that is a block of its own. */
export interface PlannedPiece {
  readonly plan: Exclude<Plan, { readonly way: "full" }>;
  readonly content: Uint8Array;
}

/** Content that is compressed in full. */
export interface PlannedFullBlock {
  readonly plan: { readonly way: "full" };
  /** Each in a buffer of its own, which can move to a thread. */
  readonly pieces: readonly Uint8Array<ArrayBuffer>[];
  /** Bytes of all pieces. */
  readonly size: number;
}

/** The content is looked at in pieces of this size, from its start; what is not compressed in full is a block of its own. */
export const pieceBytes = 1 << 20;

/**
 * A piece that a sample would have compressed in full is looked at again in parts of this size. A few headers and a
 * small text beside weights would otherwise cost the time of a whole piece of text.
 */
const partBytes = 1 << 17;

/**
 * Cuts content into blocks: where, depends on the content and the compression alone, never on how it arrives. The
 * content of a piece is to be copied before the next is asked for.
 */
export async function* planBlocks(input: AsyncIterable<Uint8Array>, compression: Compression): AsyncGenerator<PlannedBlock, void> {
  let full = noBlock();
  for await (const piece of blocksOf(input, pieceBytes)) {
    for (const { plan, content } of partsOf(piece, compression)) {
      if (plan.way === "full") {
        full = { ...full, pieces: [...full.pieces, outsideOfHeap(content)], size: full.size + content.length };
        if (full.size < fullBlockBytes) continue;
      }
      if (full.size > 0) yield full;
      full = noBlock();
      if (plan.way !== "full") yield { plan, content };
    }
    ChunkMemory.giveBack(piece);
  }
  if (full.size > 0) yield full;
}

function noBlock(): PlannedFullBlock {
  return { plan: { way: "full" }, pieces: [], size: 0 };
}

/**
 * A copy in a buffer that has its pages from the operating system and gives them back, as only those do that can be
 * resized: of others what is freed here and there stays with the allocator, for good.
 */
function outsideOfHeap(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(new ArrayBuffer(bytes.length, { maxByteLength: bytes.length }));
  copy.set(bytes);
  return copy;
}

interface PlannedPart {
  readonly plan: Plan;
  readonly content: Uint8Array;
}

/** A piece as a whole, or where its parts differ, runs of parts that are treated alike. */
function partsOf(piece: Uint8Array, compression: Compression): readonly PlannedPart[] {
  if (compression !== "adaptive") return [{ plan: { way: compression === "store" ? "store" : "full" }, content: piece }];
  const plan = planOf(piece);
  if (plan.way !== "full") return [{ plan, content: piece }];
  const runs: { readonly plan: Plan; readonly start: number; end: number }[] = [];
  for (let start = 0; start < piece.length;) {
    // What would be left over joins the last part.
    const end = piece.length - start < 2 * partBytes ? piece.length : start + partBytes;
    const own = planOf(piece.subarray(start, end));
    const last = runs.at(-1);
    if (last !== undefined && last.plan.way === own.way && own.way !== "literals") last.end = end;
    else runs.push({ plan: own, start, end });
    start = end;
  }
  return runs.map((run) => ({ plan: run.plan, content: piece.subarray(run.start, run.end) }));
}

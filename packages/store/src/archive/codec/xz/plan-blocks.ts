import type { Compression } from "../../compression.js";
import { blocksOf } from "../blocks.js";
import { type Plan, planOf } from "./sample.js";

/** A block to be: its content in pieces of {@link pieceBytes}, and what to do with it. */
export interface PlannedBlock {
  readonly plan: Plan;
  readonly pieces: Uint8Array[];
}

/** The content is looked at in pieces of this size, from its start; one that is not compressed in full is a block of its own. */
export const pieceBytes = 1 << 20;

/** Cuts content into blocks: where, depends on the content and the compression alone, never on how it arrives. */
export async function* planBlocks(
  input: AsyncIterable<Uint8Array>,
  compression: Compression,
  fullBytes: number,
): AsyncGenerator<PlannedBlock, void> {
  let full: Uint8Array[] = [];
  for await (const piece of blocksOf(input, pieceBytes)) {
    const plan = compression === "adaptive" ? planOf(piece) : { way: compression === "store" ? ("store" as const) : ("full" as const) };
    if (plan.way === "full") full.push(piece);
    if (full.length > 0 && (plan.way !== "full" || full.length * pieceBytes >= fullBytes)) {
      yield { plan: { way: "full" }, pieces: full };
      full = [];
    }
    if (plan.way !== "full") yield { plan, pieces: [piece] };
  }
  if (full.length > 0) yield { plan: { way: "full" }, pieces: full };
}

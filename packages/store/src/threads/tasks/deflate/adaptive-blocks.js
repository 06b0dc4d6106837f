import { content, output } from "./byte-coder.js";
import { fullBlocks } from "./full-blocks.js";
import { writeHuffmanBlock } from "./huffman-block.js";
import { writeStoredBlocks } from "./stored-blocks.js";

/** How far deflate looks back. Bytes. */
const windowSize = 32 * 1024;
/** The level that gzip and zip take by themselves. */
export const fullLevel = 6;

/**
 * A block in the way that each part of it asks for.
 * @param {Uint8Array} block of at most 1 MiB
 * @param {readonly import("./plan.js").Run[]} runs all of it
 * @param {Uint8Array | undefined} dictionary the bytes before it, at most 32 KiB
 * @returns {Uint8Array} whole deflate blocks that end at a byte, none of them marked as the last; valid until the next call
 */
export function adaptiveBlocks(block, runs, dictionary) {
  if (runs.length === 1 && runs[0]?.way === "full") return fullBlocks(block, dictionary, fullLevel);
  content.set(block);
  let at = 0;
  for (const run of runs) {
    const part = block.subarray(run.start, run.end);
    if (run.way === "full") {
      const before = run.start === 0 ? dictionary : block.subarray(Math.max(0, run.start - windowSize), run.start);
      const deflated = fullBlocks(part, before, fullLevel);
      output.set(deflated, at);
      at += deflated.length;
    } else {
      at = (run.way === "huffman" ? writeHuffmanBlock(run, at) : undefined) ?? writeStoredBlocks(part, output, at);
    }
  }
  return output.subarray(0, at);
}

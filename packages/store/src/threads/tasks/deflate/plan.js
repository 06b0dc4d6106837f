import { bitsOf } from "./bits.js";
import { unitsOf } from "./units.js";

/** Smaller blocks are not worth the question. Bytes. */
const smallSize = 8 * 1024;
/** A code takes a bit for each byte at least; only strings go below. In 1/1000 of the size, with some room. */
const lowEntropy = 250;
/** Nothing is saved beyond. In 1/1000 of the size. */
const highEntropy = 990;
/** A sample shows a part of what repeated strings save. In 1/1000 of the size. */
const worthwhileRepeats = 1;
/** What a code takes to be written down, about. Bits. */
const codeBits = 800;

/** @typedef {{ start: number, end: number, way: "full" | "store" }} PlainRun */
/** @typedef {{ start: number, end: number, way: "huffman", counts: Uint32Array, bits: number }} CodedRun */
/** @typedef {PlainRun | CodedRun} Run */

/**
 * What adaptive bytes get: nothing where no code would save 1 %, a code for its bytes where no strings repeat (as in
 * most weights), everything else the level that gzip and zip take by themselves. A block is cut where another way, or
 * another code, begins to pay.
 * @param {Uint8Array} block of at most 1 MiB
 * @returns {Run[]} at least one
 */
export function planOf(block) {
  if (block.length < smallSize) return [{ start: 0, end: block.length, way: "full" }];
  /** @type {Run[]} */
  const runs = [];
  for (const unit of unitsOf(block)) {
    const run = runOf(unit);
    const whole = joined(runs.at(-1), run);
    if (whole === undefined) runs.push(run);
    else runs[runs.length - 1] = whole;
  }
  return runs;
}

/** @returns {Run} */
function runOf(/** @type {import("./units.js").Unit} */ { start, end, counts, bits, saved }) {
  const size = end - start;
  const entropy = perMille(bits, size);
  if (perMille(saved, size) >= worthwhileRepeats || entropy < lowEntropy) return { start, end, way: "full" };
  return entropy > highEntropy ? { start, end, way: "store" } : { start, end, way: "huffman", counts, bits };
}

/** @returns {Run | undefined} both in one; nothing where they are better apart */
function joined(/** @type {Run | undefined} */ before, /** @type {Run} */ run) {
  if (before?.way !== run.way) return undefined;
  if (before.way !== "huffman" || run.way !== "huffman") return { ...before, end: run.end };
  const counts = before.counts.map((count, byte) => count + /** @type {number} */ (run.counts[byte]));
  const bits = bitsOf(counts, run.end - before.start);
  return bits > before.bits + run.bits + codeBits ? undefined : { ...before, end: run.end, counts, bits };
}

/** Bits in 1/1000 of some bytes. */
function perMille(/** @type {number} */ bits, /** @type {number} */ bytes) {
  return Math.floor((bits * 125) / bytes);
}

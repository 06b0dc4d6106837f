import { bitsOf } from "./bits.js";
import { content, countsOf, forget, savedByRepeats } from "./looker.js";

// What bytes have that deflate could remove. Whole numbers only: this decides what is written, and must come out the
// same on every machine.

/** What is judged by itself: files in a block may differ. Bytes. */
const unitSize = 16 * 1024;

/**
 * A part of a block.
 * @typedef {object} Unit
 * @property {number} start
 * @property {number} end
 * @property {Uint32Array} counts how often each byte occurs
 * @property {number} bits what an ideal code of the bytes by their frequency takes
 * @property {number} saved bits that references to strings before would save on top of it, as far as a sample shows
 */

/**
 * Looks at a block in units of 16 KiB: what would be left over joins the last one.
 * @param {Uint8Array} block of at most 1 MiB
 * @returns {Unit[]} at least one
 */
export function unitsOf(block) {
  content.set(block);
  forget();
  const count = Math.max(1, Math.floor(block.length / unitSize));
  return Array.from({ length: count }, (_, index) => {
    const start = index * unitSize;
    const end = index === count - 1 ? block.length : start + unitSize;
    const counts = countsOf(start, end);
    const bits = bitsOf(counts, end - start);
    return { start, end, counts, bits, saved: savedByRepeats(start, end, bits) };
  });
}

import { bzip2Compress } from "../bzip2-library.js";
import { redundancyOf } from "../redundancy.js";

/** @typedef {{ block: Uint8Array, level: number | "adaptive" }} Bzip2Task */

/** One bzip2 stream of a block of bytes. */
export async function run(/** @type {Bzip2Task} */ { block, level }) {
  const value = bzip2Compress(block, level === "adaptive" ? levelFor(block) : level);
  return { value, transfer: [value.buffer] };
}

/**
 * bzip2 has no way to store, but where nothing repeats, small blocks are written in three quarters of the time and read
 * in half of it: blocks of 100 kB where no code helps, of 300 kB where only the frequency of bytes does, which costs
 * 0.5 %. Everything else gets the usual 900 kB.
 */
function levelFor(/** @type {Uint8Array} */ block) {
  const { entropy, repeats } = redundancyOf(block);
  if (repeats >= 5) return 9;
  return entropy > 990 ? 1 : 3;
}

import { crc32 } from "node:zlib";
import { adaptiveBlocks } from "./deflate/adaptive-blocks.js";
import { fullBlocks } from "./deflate/full-blocks.js";
import { planOf } from "./deflate/plan.js";
import { storedRoom, writeStoredBlocks } from "./deflate/stored-blocks.js";

// One block of a raw deflate stream: whole deflate blocks, the last of them not marked as the stream's last, ending at a byte.

/**
 * @typedef {object} DeflateTask
 * @property {Uint8Array<ArrayBuffer>} block of at most 1 MiB, in a buffer of its own
 * @property {Uint8Array | undefined} dictionary the bytes before it, at most 32 KiB
 * @property {number | "adaptive"} level 0 to 9
 */

/** @typedef {{ bytes: Uint8Array<ArrayBuffer>, crc32: number }} DeflatedBlock */

export async function run(/** @type {DeflateTask} */ { block, dictionary, level }) {
  /** @type {DeflatedBlock} */
  const value = { crc32: crc32(block), bytes: inOwnBuffer(deflated(block, dictionary, level), block) };
  return { value, transfer: [value.bytes.buffer] };
}

/** @returns {Uint8Array} */
function deflated(
  /** @type {Uint8Array} */ block,
  /** @type {Uint8Array | undefined} */ dictionary,
  /** @type {number | "adaptive"} */ level,
) {
  if (level === "adaptive") return adaptiveBlocks(block, planOf(block), dictionary);
  if (level !== 0) return fullBlocks(block, dictionary, level);
  const bytes = new Uint8Array(storedRoom(block.length));
  writeStoredBlocks(block, bytes, 0);
  return bytes;
}

/**
 * What can move to another thread: the memory of the block, which is of no use any more, or as much as is needed where
 * that is much less, or more.
 * @returns {Uint8Array<ArrayBuffer>}
 */
function inOwnBuffer(/** @type {Uint8Array} */ bytes, /** @type {Uint8Array<ArrayBuffer>} */ block) {
  if (bytes.length > block.length || bytes.length < block.length / 2) return new Uint8Array(bytes);
  block.set(bytes);
  return block.subarray(0, bytes.length);
}

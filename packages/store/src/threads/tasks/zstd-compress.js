import { compress } from "@cloudpss/zstd/wasm";
import xxhash from "xxhash-wasm";
import { discard } from "../discard.js";
import { redundancyOf } from "../redundancy.js";

// One zstd frame of a block of bytes, with its size in the header and a checksum at its end. The library is zstd as
// WebAssembly: the native one shares a single state among all threads, and is no faster.

/** The most that a raw block holds. */
const rawSize = 128 * 1024;
const magic = [0x28, 0xb5, 0x2f, 0xfd];
/** In the byte behind the magic number: a checksum follows the last block. */
const hasChecksum = 4;
/** In the same byte: a content size of four bytes, and no window. */
const sizeOnly = 0b1010_0000;

const hash = await xxhash();

/** @typedef {{ block: Uint8Array, level: number | "adaptive" }} ZstdTask the level from 1 to 19, or 0 to store */

export async function run(/** @type {ZstdTask} */ { block, level }) {
  const way = level === "adaptive" ? levelFor(block) : level;
  const frame = way === 0 ? stored(block) : withChecksum(block, compress(block, way));
  return { value: frame, transfer: [frame.buffer] };
}

/** Blocks below this are at the end of an archive, or are all of it. Bytes. */
const smallSize = 1024 * 1024;
/** Leaves no more of text than zip does, which decides for each file by itself. */
const smallLevel = 6;

/** Nothing where no code helps, the fastest level where only the frequency of bytes does: it finds that too. */
function levelFor(/** @type {Uint8Array} */ block) {
  // Too little to take time, and too few samples: they would miss a file of text between others, and it would be stored.
  if (block.length < smallSize) return smallLevel;
  const { entropy, repeats } = redundancyOf(block);
  if (repeats >= 5) return 3;
  return entropy > 990 ? 0 : 1;
}

/** The library writes none; it is the same as what the library would write. */
function withChecksum(/** @type {Uint8Array} */ block, /** @type {Uint8Array} */ frame) {
  const whole = new Uint8Array(frame.length + 4);
  whole.set(frame);
  discard(/** @type {ArrayBuffer} */ (frame.buffer));
  whole[magic.length] = /** @type {number} */ (whole[magic.length]) | hasChecksum;
  setChecksum(whole, block);
  return whole;
}

function stored(/** @type {Uint8Array} */ block) {
  const pieces = Math.max(1, Math.ceil(block.length / rawSize));
  const start = magic.length + 5;
  const frame = new Uint8Array(start + pieces * 3 + block.length + 4);
  const view = new DataView(frame.buffer);
  frame.set(magic);
  frame[magic.length] = sizeOnly | hasChecksum;
  view.setUint32(magic.length + 1, block.length, true);
  for (let piece = 0; piece < pieces; piece += 1) {
    const part = block.subarray(piece * rawSize, (piece + 1) * rawSize);
    const at = start + piece * (rawSize + 3);
    const isLast = piece === pieces - 1 ? 1 : 0;
    frame[at] = ((part.length << 3) | isLast) & 0xff;
    frame[at + 1] = (part.length >> 5) & 0xff;
    frame[at + 2] = part.length >> 13;
    frame.set(part, at + 3);
  }
  setChecksum(frame, block);
  return frame;
}

/** The lower half of the XXH64 of the content. */
function setChecksum(/** @type {Uint8Array<ArrayBuffer>} */ frame, /** @type {Uint8Array} */ block) {
  new DataView(frame.buffer).setUint32(frame.length - 4, Number(hash.h64Raw(block) & 0xffff_ffffn), true);
}

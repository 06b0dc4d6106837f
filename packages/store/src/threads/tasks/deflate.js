import { constants, crc32, deflateRawSync } from "node:zlib";
import { redundancyOf } from "../redundancy.js";
import { huffmanBlocks } from "./deflate/huffman-blocks.js";
import { joined, piecesOf } from "./deflate/pieces.js";
import { storedBlocks } from "./deflate/stored-blocks.js";

// One block of a raw deflate stream: whole deflate blocks, the last of them not marked as the stream's last, ending at a byte.

/** Smaller blocks are not worth the question. Bytes. */
const smallSize = 8 * 1024;
/** How far deflate looks back. Bytes. */
const windowSize = 32 * 1024;
/** A code takes a bit for each byte at least; only strings go below. In 1/1000 of the size, with some room. */
const lowEntropy = 250;

/**
 * @typedef {object} DeflateTask
 * @property {Uint8Array} block
 * @property {Uint8Array | undefined} dictionary the bytes before it, at most 32 KiB
 * @property {number | "adaptive"} level 0 to 9
 */

/** @typedef {{ bytes: Uint8Array, crc32: number }} DeflatedBlock */

export async function run(/** @type {DeflateTask} */ task) {
  const value = deflateBlock(task);
  return { value, transfer: [/** @type {ArrayBuffer} */ (value.bytes.buffer)] };
}

/**
 * @param {DeflateTask} task
 * @returns {DeflatedBlock} in an ArrayBuffer of its own
 */
export function deflateBlock({ block, dictionary, level }) {
  const runs = level === "adaptive" ? runsOf(block) : [{ start: 0, end: block.length, way: level }];
  const parts = runs.map(({ start, end, way }) =>
    deflated(block.subarray(start, end), start === 0 ? dictionary : block.subarray(Math.max(0, start - windowSize), start), way),
  );
  return { bytes: parts.length === 1 ? /** @type {Uint8Array} */ (parts[0]) : joined(parts), crc32: crc32(block) };
}

/**
 * Cuts a block where another way begins to pay.
 * @returns {{ start: number, end: number, way: number | "huffman" }[]}
 */
function runsOf(/** @type {Uint8Array} */ block) {
  /** @type {{ start: number, end: number, way: number | "huffman" }[]} */
  const runs = [];
  let start = 0;
  for (const piece of piecesOf(block)) {
    const end = start + piece.length;
    const way = wayFor(piece);
    const last = runs.at(-1);
    if (last?.way === way) last.end = end;
    else runs.push({ start, end, way });
    start = end;
  }
  return runs;
}

/**
 * What adaptive bytes get: nothing where no code would save 0.5 %, a code for its bytes where repeated strings would
 * not save 0.5 % more (as in most weights), everything else the level that gzip and zip take by themselves.
 * @returns {number | "huffman"}
 */
export function wayFor(/** @type {Uint8Array} */ block) {
  if (block.length < smallSize) return 6;
  const { entropy, repeats } = redundancyOf(block);
  if (repeats >= 5 || entropy < lowEntropy) return 6;
  return entropy > 990 ? 0 : "huffman";
}

/** @returns {Uint8Array} */
function deflated(
  /** @type {Uint8Array} */ block,
  /** @type {Uint8Array | undefined} */ dictionary,
  /** @type {number | "huffman"} */ way,
) {
  if (way === 0) return storedBlocks(block);
  if (way === "huffman") return huffmanBlocks(block);
  // A block that does not shrink grows by 5 bytes for each 32 KiB or so. With room for that it comes in one piece.
  const options = { chunkSize: 1024 + block.length + (block.length >> 8), finishFlush: constants.Z_SYNC_FLUSH };
  const bytes = deflateRawSync(block, { ...options, level: way, ...(dictionary === undefined ? {} : { dictionary }) });
  // Small results are copied, so that they do not keep the whole room.
  return bytes.length < bytes.buffer.byteLength / 2 ? new Uint8Array(bytes) : bytes;
}

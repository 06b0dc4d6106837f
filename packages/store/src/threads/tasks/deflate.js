import { constants, crc32, deflateRawSync } from "node:zlib";
import { redundancyOf } from "../redundancy.js";

// One block of a raw deflate stream: whole deflate blocks, the last of them not marked as the stream's last, ending at a byte.

/** Smaller blocks are not worth the question. Bytes. */
const smallSize = 8 * 1024;
/** What is asked about at a time: files in a block may differ. Bytes. */
const pieceSize = 128 * 1024;
/** How far deflate looks back. Bytes. */
const windowSize = 32 * 1024;
/** A code takes a bit for each byte at least; only strings go below. In 1/1000 of the size, with some room. */
const lowEntropy = 250;
/** What a stored block of deflate can hold. */
const storedSize = 65535;

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
  do {
    // What would be left over joins the last piece.
    const end = block.length - start < 2 * pieceSize ? block.length : start + pieceSize;
    const way = wayFor(block.subarray(start, end));
    const last = runs.at(-1);
    if (last?.way === way) last.end = end;
    else runs.push({ start, end, way });
    start = end;
  } while (start < block.length);
  return runs;
}

function joined(/** @type {Uint8Array[]} */ parts) {
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
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
  if (way === 0) return stored(block);
  // A block that does not shrink grows by 5 bytes for each 32 KiB or so. With room for that it comes in one piece.
  const options = { chunkSize: 1024 + block.length + (block.length >> 8), finishFlush: constants.Z_SYNC_FLUSH };
  const bytes =
    way === "huffman"
      ? deflateRawSync(block, { ...options, strategy: constants.Z_HUFFMAN_ONLY })
      : deflateRawSync(block, { ...options, level: way, ...(dictionary === undefined ? {} : { dictionary }) });
  // Small results are copied, so that they do not keep the whole room.
  return bytes.length < bytes.buffer.byteLength / 2 ? new Uint8Array(bytes) : bytes;
}

/** Blocks of type "stored": a byte of type, the length twice, the bytes themselves. */
function stored(/** @type {Uint8Array} */ block) {
  const pieces = Math.ceil(block.length / storedSize);
  const bytes = new Uint8Array(block.length + 5 * pieces);
  for (let piece = 0; piece < pieces; piece += 1) {
    const part = block.subarray(piece * storedSize, (piece + 1) * storedSize);
    const at = piece * (storedSize + 5);
    bytes[at + 1] = part.length & 0xff;
    bytes[at + 2] = part.length >> 8;
    bytes[at + 3] = ~part.length & 0xff;
    bytes[at + 4] = (~part.length >> 8) & 0xff;
    bytes.set(part, at + 5);
  }
  return bytes;
}

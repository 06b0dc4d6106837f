import { crc32, deflateRawSync } from "node:zlib";
import { adaptiveBlocks, fullLevel } from "./deflate/adaptive-blocks.js";
import { planOf } from "./deflate/plan.js";

/** Three numbers say for each file what became of it. */
const numbers = 3;
/** How far deflate looks ahead, which its window must have room for. */
const lookAhead = 262;
/** An empty block that is marked as the last one. */
const lastBlock = Uint8Array.of(3, 0);

/**
 * @typedef {object} Files
 * @property {Uint8Array} bytes all files one after the other
 * @property {Float64Array} ends where each of them ends
 * @property {number | "adaptive"} level 0 to 9
 */

/**
 * @typedef {object} DeflatedFiles
 * @property {Uint8Array} bytes all of them one after the other again
 * @property {Float64Array} table for each where it ends now, whether it is deflated, its checksum
 */

/**
 * Deflates small files, each a stream of its own, one after the other: a trip between threads for each would take
 * longer than deflating it.
 */
export async function run(/** @type {Files} */ files) {
  const value = deflateFiles(files);
  return { value, transfer: [/** @type {ArrayBuffer} */ (value.bytes.buffer)] };
}

/** @returns {DeflatedFiles} */
function deflateFiles(/** @type {Files} */ { bytes, ends, level }) {
  const table = new Float64Array(ends.length * numbers);
  // What does not shrink is stored, so that the files never need more room than they had.
  const packed = new Uint8Array(bytes.length);
  let start = 0;
  let at = 0;
  for (const [index, end] of ends.entries()) {
    const file = bytes.subarray(start, end);
    const deflated = deflate(file, level);
    packed.set(deflated ?? file, at);
    at += (deflated ?? file).length;
    table.set([at, Number(deflated !== undefined), crc32(file)], index * numbers);
    start = end;
  }
  return { bytes: packed.slice(0, at), table };
}

/** @returns {Uint8Array | undefined} nothing where it would not be smaller */
function deflate(/** @type {Uint8Array} */ file, /** @type {number | "adaptive"} */ level) {
  if (level === 0 || file.length === 0) return undefined;
  const deflated = level === "adaptive" ? adaptive(file) : whole(file, level);
  return deflated.length < file.length ? deflated : undefined;
}

/** @returns {Uint8Array} */
function adaptive(/** @type {Uint8Array} */ file) {
  const runs = planOf(file);
  if (runs.length === 1 && runs[0]?.way === "full") return whole(file, fullLevel);
  return Buffer.concat([adaptiveBlocks(file, runs, undefined), lastBlock]);
}

/** @returns {Uint8Array} */
function whole(/** @type {Uint8Array} */ file, /** @type {number} */ level) {
  return deflateRawSync(file, { level, windowBits: windowFor(file.length), chunkSize: Math.max(64, file.length) });
}

/** The smallest window that a file fits into. It changes nothing in the result, and most of the time goes into clearing larger ones. */
function windowFor(/** @type {number} */ size) {
  return Math.min(15, Math.max(9, Math.ceil(Math.log2(size + lookAhead))));
}

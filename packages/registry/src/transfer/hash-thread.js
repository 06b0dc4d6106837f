import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { parentPort } from "node:worker_threads";

// JavaScript, because a worker thread loads its file without any compiler: the same file runs from source and built.

/** What is read at once. Bytes. */
const pieceBytes = 1024 * 1024;
const piece = Buffer.allocUnsafeSlow(pieceBytes);

/**
 * @typedef {{ path: string, start: number, end: number }} Range
 * @typedef {object} Message
 * @property {number} id
 * @property {readonly Range[]} ranges each digested by itself; or, with `stream`, one after the other into the same digest
 * @property {number} [stream] names a digest that goes on over several messages
 * @property {boolean} [each] whether the digest of each range by itself is wanted, too
 * @property {boolean} [isLast] whether `stream` ends with this
 */

/** @type {Map<number, import("node:crypto").Hash>} */
const streams = new Map();

parentPort?.on("message", (/** @type {Message} */ { id, ranges, stream, each, isLast }) => {
  try {
    const digests = stream === undefined ? ranges.map((range) => digestOf(range)) : goOn(stream, ranges, { each, isLast });
    answer({ id, digests });
  } catch (error) {
    const { message, code, syscall } = /** @type {NodeJS.ErrnoException} */ (error);
    answer({ id, failure: { message, code, syscall } });
  }
});

/** @returns {string[]} */
function goOn(
  /** @type {number} */ stream,
  /** @type {readonly Range[]} */ ranges,
  /** @type {{ each: boolean | undefined, isLast: boolean | undefined }} */ { each = false, isLast = false },
) {
  const hash = streams.get(stream) ?? createHash("sha256");
  streams.set(stream, hash);
  if (each) return ranges.map((range) => digestOf(range, hash));
  for (const range of ranges) update(range, [hash]);
  if (!isLast) return [];
  streams.delete(stream);
  return [hash.digest("hex")];
}

function digestOf(/** @type {Range} */ range, /** @type {import("node:crypto").Hash[]} */ ...more) {
  const hash = createHash("sha256");
  update(range, [hash, ...more]);
  return hash.digest("hex");
}

/** A file that is shorter than was said gives the digest of what there is, which is another one. */
function update(/** @type {Range} */ { path, start, end }, /** @type {readonly import("node:crypto").Hash[]} */ hashes) {
  const file = openSync(path, "r");
  try {
    for (let position = start; position < end;) {
      const count = readSync(file, piece, 0, Math.min(pieceBytes, end - position), position);
      if (count === 0) break;
      for (const hash of hashes) hash.update(piece.subarray(0, count));
      position += count;
    }
  } finally {
    closeSync(file);
  }
}

function answer(/** @type {object} */ message) {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is a rule for windows; this is a thread
  parentPort?.postMessage(message);
}

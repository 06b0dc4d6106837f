import { log2Of } from "./binary-logarithm.js";

// What a block of bytes has that a compressor could remove, guessed from a part of it. Whole numbers only: the guess
// decides what is written, and must come out the same on every machine.

/** Bytes of one looked-at window: what a match of deflate can reach back. */
const windowSize = 32 * 1024;
/** One window in so many bytes of the block. */
const stride = 256 * 1024;
const hashBits = 14;

/**
 * @typedef {object} Redundancy
 * @property {number} entropy what coding each byte by its frequency would take, in 1/1000 of the size
 * @property {number} repeats what replacing repeated strings would save on top of it, in 1/1000 of the size
 */

/**
 * Looks at windows spread evenly over a block.
 * @param {Uint8Array} block
 * @returns {Redundancy}
 */
export function redundancyOf(block) {
  const windows = Math.ceil(block.length / stride);
  let looked = 0;
  let entropyBits = 0;
  let savedBits = 0;
  for (let index = 0; index < windows; index += 1) {
    const room = Math.max(0, Math.floor(block.length / windows) - windowSize);
    const start = Math.floor((block.length * index) / windows) + Math.floor(room / 2);
    const window = block.subarray(start, Math.min(block.length, start + windowSize));
    const bits = entropyOf(window);
    looked += window.length;
    entropyBits += bits;
    savedBits += savedByRepeats(window, bits);
  }
  if (looked === 0) return { entropy: 1000, repeats: 0 };
  return { entropy: perMille(entropyBits, looked), repeats: perMille(savedBits, looked) };
}

function perMille(/** @type {number} */ bits, /** @type {number} */ bytes) {
  return Math.floor((bits * 125) / bytes);
}

/** @returns {number} bits of an ideal code of the bytes by their frequency */
function entropyOf(/** @type {Uint8Array} */ bytes) {
  // Neighbours are often equal, and a count has to wait for the one before it in the same place.
  const even = new Uint32Array(256);
  const odd = new Uint32Array(256);
  for (let index = 1; index < bytes.length; index += 2) {
    const before = /** @type {number} */ (bytes[index - 1]);
    const byte = /** @type {number} */ (bytes[index]);
    even[before] = /** @type {number} */ (even[before]) + 1;
    odd[byte] = /** @type {number} */ (odd[byte]) + 1;
  }
  if (bytes.length % 2 === 1) {
    const last = /** @type {number} */ (bytes.at(-1));
    even[last] = /** @type {number} */ (even[last]) + 1;
  }
  const all = log2Of(bytes.length);
  let bits = 0;
  for (let value = 0; value < 256; value += 1) {
    const count = /** @type {number} */ (even[value]) + /** @type {number} */ (odd[value]);
    if (count > 0) bits += count * (all - log2Of(count));
  }
  return Math.floor(bits / 256);
}

/**
 * What a greedy search for strings of four bytes and more saves against coding the same bytes one by one.
 * @returns {number} bits
 */
function savedByRepeats(/** @type {Uint8Array} */ bytes, /** @type {number} */ entropyBits) {
  const places = new Int32Array(1 << hashBits).fill(-1);
  const end = bytes.length - 4;
  const bitsPerByte = entropyBits / Math.max(1, bytes.length);
  let saved = 0;
  let at = 0;
  let missed = 0;
  while (at <= end) {
    const four = fourAt(bytes, at);
    const hash = Math.imul(four, 0x9e3779b1) >>> (32 - hashBits);
    const place = /** @type {number} */ (places[hash]);
    places[hash] = at;
    if (place >= 0 && fourAt(bytes, place) === four) {
      const length = sharedLength(bytes, place, at);
      const gain = Math.floor(length * bitsPerByte) - pairBits(at - place);
      if (gain > 0) {
        saved += gain;
        at += length;
        missed = 0;
        continue;
      }
    }
    missed += 1;
    // Where nothing repeats, ever fewer places are tried.
    at += 1 + (missed >> 8);
  }
  return saved;
}

/** Bits that deflate takes for one length and distance, about. */
function pairBits(/** @type {number} */ distance) {
  return 10 + (31 - Math.clz32(distance));
}

function fourAt(/** @type {Uint8Array} */ bytes, /** @type {number} */ at) {
  // Four loads and shifts are as fast as a DataView here, and need none.
  return (
    /** @type {number} */ (bytes[at]) |
    (/** @type {number} */ (bytes[at + 1]) << 8) |
    (/** @type {number} */ (bytes[at + 2]) << 16) |
    (/** @type {number} */ (bytes[at + 3]) << 24)
  );
}

function sharedLength(/** @type {Uint8Array} */ bytes, /** @type {number} */ place, /** @type {number} */ at) {
  const limit = Math.min(258, bytes.length - at);
  let length = 4;
  while (length < limit && bytes[place + length] === bytes[at + length]) length += 1;
  return length;
}

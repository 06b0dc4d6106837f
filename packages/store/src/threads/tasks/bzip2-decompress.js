import { bzip2Decompress } from "../bzip2-library.js";

// One block of a bzip2 stream, which starts and ends at any bit, made a stream of its own.

const header = [0x42, 0x5a, 0x68, 0x39];
/** What stands before the checksum that ends a stream. */
const endMagic = [0x17, 0x72, 0x45, 0x38, 0x50, 0x90];
/** Where the checksum of a block stands: behind its own magic number. Bytes. */
const crcAt = 6;

/**
 * @typedef {object} Bzip2Block
 * @property {Uint8Array} bytes
 * @property {number} start the first bit of the block in them
 * @property {number} bits
 */

/** The content of a block; `undefined` when it is not valid. */
export async function run(/** @type {Bzip2Block} */ block) {
  const value = bzip2Decompress(streamOf(block));
  return { value, transfer: value === undefined ? [] : [value.buffer] };
}

/** @returns {Uint8Array} */
function streamOf(/** @type {Bzip2Block} */ { bytes, start, bits }) {
  const whole = Math.floor(bits / 8);
  const stream = new Uint8Array(header.length + whole + 1 + endMagic.length + 4 + 1);
  stream.set(header);
  copyBits(bytes, start, stream, header.length, whole + 1);
  // The checksum of a stream of one block is that of the block.
  const end = [...endMagic, ...stream.subarray(header.length + crcAt, header.length + crcAt + 4)];
  appendBits(stream, (header.length + whole) * 8 + (bits % 8), end);
  return stream;
}

/** Copies bytes that start at a bit to where they start at a byte. */
function copyBits(
  /** @type {Uint8Array} */ from,
  /** @type {number} */ start,
  /** @type {Uint8Array} */ to,
  /** @type {number} */ at,
  /** @type {number} */ count,
) {
  const first = Math.floor(start / 8);
  const shift = start % 8;
  let current = from[first] ?? 0;
  for (let index = 0; index < count; index += 1) {
    const next = from[first + index + 1] ?? 0;
    to[at + index] = ((current << shift) | (next >> (8 - shift))) & 0xff;
    current = next;
  }
}

/** Writes bytes from a bit on; what stood behind it is lost. */
function appendBits(/** @type {Uint8Array} */ to, /** @type {number} */ bit, /** @type {readonly number[]} */ bytes) {
  const at = Math.floor(bit / 8);
  const used = bit % 8;
  let kept = /** @type {number} */ (to[at]) & (0xff00 >> used);
  bytes.forEach((byte, index) => {
    to[at + index] = (kept | (byte >> used)) & 0xff;
    kept = (byte << (8 - used)) & 0xff;
  });
  to[at + bytes.length] = kept;
}

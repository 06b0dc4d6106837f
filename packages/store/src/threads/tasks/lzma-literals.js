import { crc32 } from "node:zlib";

/**
 * An LZMA encoder that knows literals only: LZMA2 chunks in which each byte is entropy-coded by itself, with
 * frequencies of its own for each position modulo 2^positionBits. That is what is left to gain from 16-bit weights, whose
 * high bytes hold three bits and whose low bytes hold eight.
 *
 * Every chunk starts afresh, with its own frequencies.
 */

/** Content of a chunk. Both sizes of a chunk fit their fields with it, as a chunk that would grow is stored. */
const chunkBytes = 1 << 16;
const headerBytes = 6;
/** Probabilities are of 11 bits and move by a 32nd of what is missing, as the decoder's do. */
const evenProbability = 1024;
const wholeProbability = 2048;
const moveBits = 5;

const probabilities = new Uint16Array(4 * 256);

/**
 * The chunks, with the end marker after the last, and the CRC32 of the content.
 * @param {{ content: Uint8Array, positionBits: number }} input
 */
export async function run({ content, positionBits }) {
  const chunks = Math.ceil(content.length / chunkBytes);
  const output = new Uint8Array(content.length + chunks * headerBytes + 1);
  let size = 0;
  for (let start = 0; start < content.length; start += chunkBytes) {
    size = writeChunk(content, start, Math.min(start + chunkBytes, content.length), positionBits, output, size);
  }
  size += 1;
  const compressed = output.slice(0, size);
  return { value: { compressed, crc: crc32(content) }, transfer: [compressed.buffer] };
}

/**
 * Writes one chunk and returns where it ends.
 * @param {Uint8Array} content
 * @param {number} start
 * @param {number} end
 * @param {number} positionBits
 * @param {Uint8Array} output
 * @param {number} at
 */
function writeChunk(content, start, end, positionBits, output, at) {
  const length = end - start;
  const codedEnd = writeLiterals(content, start, end, (1 << positionBits) - 1, output, at + headerBytes);
  if (codedEnd === undefined) {
    output[at] = start === 0 ? 0x01 : 0x02;
    output[at + 1] = (length - 1) >> 8;
    output[at + 2] = length - 1;
    output.set(content.subarray(start, end), at + 3);
    return at + 3 + length;
  }
  const codedLength = codedEnd - at - headerBytes;
  // The first chunk forgets all content before it, every chunk all frequencies; the properties are lc 0, lp, pb 0.
  output[at] = start === 0 ? 0xe0 : 0xc0;
  output[at + 1] = (length - 1) >> 8;
  output[at + 2] = length - 1;
  output[at + 3] = (codedLength - 1) >> 8;
  output[at + 4] = codedLength - 1;
  output[at + 5] = positionBits * 9;
  return codedEnd;
}

/**
 * The range coder over `content[start..end]`; returns where its output ends, or `undefined` when it would not be
 * smaller than the content.
 * @param {Uint8Array} content
 * @param {number} start
 * @param {number} end
 * @param {number} positionMask
 * @param {Uint8Array} output
 * @param {number} outputStart
 */
function writeLiterals(content, start, end, positionMask, output, outputStart) {
  const outputEnd = outputStart + (end - start) - 16;
  let at = outputStart;
  // `low` has 32 bits and a carry; the byte before it waits in `cache`, with the run of 0xff that a carry would run through.
  let low = 0;
  let carry = 0;
  let cache = 0;
  let pending = 1;
  let range = -1;
  let noMatch = evenProbability;
  probabilities.fill(evenProbability);

  const shiftLow = () => {
    if (carry === 1 || low >>> 0 < 0xff000000) {
      output[at] = cache + carry;
      at += 1;
      for (pending -= 1; pending > 0; pending -= 1) {
        output[at] = 0xff + carry;
        at += 1;
      }
      cache = low >>> 24;
      carry = 0;
    }
    pending += 1;
    low <<= 8;
  };

  for (let from = start; from < end; from += 1) {
    if (at + pending >= outputEnd) return undefined;
    // Each literal says first that it is no match, which soon costs next to nothing.
    range = Math.imul(range >>> 11, noMatch);
    noMatch += (wholeProbability - noMatch) >> moveBits;
    if (range >>> 24 === 0) {
      range <<= 8;
      shiftLow();
    }
    const byte = /** @type {number} */ (content[from]);
    const base = (from & positionMask) << 8;
    let node = 1;
    for (let shift = 7; shift >= 0; shift -= 1) {
      const bit = (byte >> shift) & 1;
      const index = base + node;
      const probability = /** @type {number} */ (probabilities[index]);
      const bound = Math.imul(range >>> 11, probability);
      // Without a branch on the bit, which for weights is as good as random and would stall the processor.
      const ifOne = -bit;
      const before = low >>> 0;
      low = (low + (bound & ifOne)) | 0;
      carry |= low >>> 0 < before ? 1 : 0;
      range = bound ^ ((bound ^ (range - bound)) & ifOne);
      probabilities[index] =
        probability + ((((wholeProbability - probability) >> moveBits) & ~ifOne) - ((probability >> moveBits) & ifOne));
      node = (node << 1) | bit;
      if (range >>> 24 === 0) {
        range <<= 8;
        shiftLow();
      }
    }
  }
  for (let rest = 0; rest < 5; rest += 1) shiftLow();
  return at <= outputEnd ? at : undefined;
}

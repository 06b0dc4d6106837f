import { codeLengths } from "./code-lengths.js";

/**
 * The codes that their lengths stand for, each with its length in the lowest 8 bits and the code above it. The first
 * bit of a code is its lowest one, as deflate writes them.
 * @param {Uint8Array} lengths
 * @param {Uint32Array} codes gets one for each length
 * @source RFC 1951, 3.2.2
 */
export function fillCodes(lengths, codes) {
  const next = new Uint32Array(16);
  for (const length of lengths) if (length > 0) next[length] = /** @type {number} */ (next[length]) + 1;
  for (let length = 1, code = 0; length < next.length; length += 1) {
    const count = /** @type {number} */ (next[length]);
    next[length] = code;
    code = (code + count) << 1;
  }
  for (let symbol = 0; symbol < lengths.length; symbol += 1) {
    const length = /** @type {number} */ (lengths[symbol]);
    const code = /** @type {number} */ (next[length]);
    next[length] = code + 1;
    codes[symbol] = length === 0 ? 0 : (turned(code, length) << 8) | length;
  }
}

function turned(/** @type {number} */ code, /** @type {number} */ length) {
  let result = 0;
  for (let bit = 0; bit < length; bit += 1) result |= ((code >> bit) & 1) << (length - 1 - bit);
  return result;
}

// The code that the lengths of the other codes are written in.
const longestCode = 7;
const symbolCount = 19;
/** The order that the lengths of this code come in. */
const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
/** Symbols that stand for a run: of the length before, or of zeros. With the bits that say how many more than the least it has. */
const repeat = { symbol: 16, least: 3, most: 6 };
const zeros = { symbol: 17, least: 3, most: 10 };
const manyZeros = { symbol: 18, least: 11, most: 138 };
const extraBits = Uint8Array.from({ length: symbolCount }, (_, symbol) => [2, 3, 7][symbol - repeat.symbol] ?? 0);
/** Distances are never used. All readers take a whole code of two, as zlib writes it then. */
const distanceLengths = [1, 1];

/**
 * Writes what stands at the start of a block, not the last one, that has codes of its own.
 * @param {import("./bit-writer.js").BitWriter} writer
 * @param {Uint8Array} lengths of the codes of all bytes and of the end
 * @source RFC 1951, 3.2.7
 */
export function writeCodeLengths(writer, lengths) {
  const runs = runsOf([...lengths, ...distanceLengths]);
  const counts = new Uint32Array(symbolCount);
  for (const run of runs) counts[run & 31] = /** @type {number} */ (counts[run & 31]) + 1;
  const ownLengths = codeLengths(counts, longestCode);
  const codes = new Uint32Array(symbolCount);
  fillCodes(ownLengths, codes);
  const inOrder = order.map((symbol) => /** @type {number} */ (ownLengths[symbol]));
  const written = Math.max(4, inOrder.findLastIndex((length) => length > 0) + 1);
  writer.put(0b100, 3);
  writer.put(lengths.length - 257, 5);
  writer.put(distanceLengths.length - 1, 5);
  writer.put(written - 4, 4);
  for (const length of inOrder.slice(0, written)) writer.put(length, 3);
  for (const run of runs) {
    const code = /** @type {number} */ (codes[run & 31]);
    writer.put(code >> 8, code & 0xff);
    writer.put(run >> 5, /** @type {number} */ (extraBits[run & 31]));
  }
}

/**
 * @param {readonly number[]} lengths
 * @returns {number[]} symbols, those of a run with 32 times what it has more than the least
 */
function runsOf(lengths) {
  /** @type {number[]} */
  const runs = [];
  for (let at = 0; at < lengths.length;) {
    const length = /** @type {number} */ (lengths[at]);
    let same = 1;
    while (lengths[at + same] === length) same += 1;
    const isRepeated = length > 0 && lengths[at - 1] === length;
    const way = length === 0 ? (same < manyZeros.least ? zeros : manyZeros) : repeat;
    if (same < way.least || (length > 0 && !isRepeated)) {
      runs.push(length);
      at += 1;
    } else {
      const count = Math.min(same, way.most);
      runs.push(way.symbol + 32 * (count - way.least));
      at += count;
    }
  }
  return runs;
}

import { BitWriter } from "./bit-writer.js";
import { codes, content, group, longestCode, output, writeCodes } from "./byte-coder.js";
import { codeLengths } from "./code-lengths.js";
import { fillCodes, writeCodeLengths } from "./prefix-code.js";

/** The symbol behind the last byte. */
const endSymbol = 256;

/**
 * What is coded by one call: WebAssembly gets its fast code only between two of them, and the first megabyte would take
 * ten times as long as others. Bytes.
 */
const callSize = 64 * 1024;

/**
 * Codes each byte of a part of the content by its frequency and looks for no strings that repeat, as zlib does by
 * `Z_HUFFMAN_ONLY`; about ten times as fast. Writes one whole deflate block, not marked as the last, and fills it up to
 * a byte.
 * @param {{ start: number, end: number, counts: Uint32Array }} part of the content, and how often each byte occurs there
 * @param {number} at where it goes in the output
 * @returns {number | undefined} where it ends; nothing, where it would not be 0.5 % smaller
 */
export function writeHuffmanBlock({ start, end, counts }, at) {
  const frequencies = new Uint32Array(endSymbol + 1);
  frequencies.set(counts);
  frequencies[endSymbol] = 1;
  const lengths = codeLengths(frequencies, longestCode);
  const writer = new BitWriter(output);
  writer.position = at * 8;
  writeCodeLengths(writer, lengths);
  let last = writer.position;
  for (let symbol = 0; symbol <= endSymbol; symbol += 1) {
    last += /** @type {number} */ (lengths[symbol]) * /** @type {number} */ (frequencies[symbol]);
  }
  if ((last - at * 8) * 200 > (end - start) * 8 * 199) return undefined;
  fillCodes(lengths, codes);
  const grouped = end - ((end - start) % group);
  for (let from = start; from < grouped; from += callSize) {
    writer.position = writeCodes(from, Math.min(grouped, from + callSize), writer.position);
  }
  for (const symbol of [...content.subarray(grouped, end), endSymbol]) {
    const code = /** @type {number} */ (codes[symbol]);
    writer.put(code >> 8, code & 0xff);
  }
  // An empty stored block goes up to a whole byte.
  writer.put(0, 3);
  writer.align();
  writer.put(0, 16);
  writer.put(0xffff, 16);
  return writer.position / 8;
}

import { crc32 } from "node:zlib";
import { lanes } from "./lzma/lanes.js";
import { codeLiterals, mostContent } from "./lzma/literal-coder.js";

/** Content of a chunk. Both its sizes fit their fields with it, as what would grow is stored. */
const chunkBytes = mostContent;
const storedHeaderBytes = 3;
const literalsHeaderBytes = 6;

/**
 * LZMA2 chunks of literals only: each byte is entropy-coded by itself, with frequencies of its own for each position
 * modulo 2^positionBits. That is what is left to gain from 16-bit weights, whose high bytes hold three bits and whose
 * low bytes hold eight. Of 16 chunks, `storedOf16` are stored all the same, evenly spread.
 *
 * Gives the chunks, with the end marker after the last, and the CRC32 of the content.
 *
 * @param {{ content: Uint8Array, positionBits: number, storedOf16: number }} input
 */
export async function run({ content, positionBits, storedOf16 }) {
  const chunks = Math.ceil(content.length / chunkBytes);
  const output = new Uint8Array(content.length + chunks * storedHeaderBytes + 1);
  let size = 0;
  /** Chunks up to as many of literals as there are lanes, in their order. @type {{ part: Uint8Array, isStored: boolean }[]} */
  let waiting = [];
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    waiting.push({
      part: content.subarray(chunk * chunkBytes, (chunk + 1) * chunkBytes),
      isStored: Math.floor(((chunk + 1) * storedOf16) / 16) > Math.floor((chunk * storedOf16) / 16),
    });
    const literals = waiting.flatMap(({ part, isStored }) => (isStored ? [] : [part]));
    if (literals.length < lanes.length && chunk + 1 < chunks) continue;
    const coded = codeLiterals(literals, positionBits).values();
    for (const { part, isStored } of waiting) {
      const literal = isStored ? undefined : coded.next().value;
      const isFirst = size === 0;
      size += (literal && writeLiterals(part, literal, isFirst, positionBits, output, size)) || writeStored(part, isFirst, output, size);
    }
    waiting = [];
  }
  size += 1;
  const compressed = output.slice(0, size);
  return { value: { compressed, crc: crc32(content) }, transfer: [compressed.buffer] };
}

/**
 * Writes a chunk of literals and returns its size; 0, with nothing written, when it would not be smaller than a stored one.
 * @param {Uint8Array} part
 * @param {Uint8Array} coded
 * @param {boolean} isFirst
 * @param {number} positionBits
 * @param {Uint8Array} output
 * @param {number} at
 */
function writeLiterals(part, coded, isFirst, positionBits, output, at) {
  if (coded.length + literalsHeaderBytes >= part.length + storedHeaderBytes) return 0;
  // The first chunk forgets all content before it, every chunk all frequencies; the properties are lc 0, lp, pb 0.
  output[at] = isFirst ? 0xe0 : 0xc0;
  writeSize(output, at + 1, part.length);
  writeSize(output, at + 3, coded.length);
  output[at + 5] = positionBits * 9;
  output.set(coded, at + literalsHeaderBytes);
  return literalsHeaderBytes + coded.length;
}

/**
 * Writes a chunk that is the content itself and returns its size.
 * @param {Uint8Array} part
 * @param {boolean} isFirst
 * @param {Uint8Array} output
 * @param {number} at
 */
function writeStored(part, isFirst, output, at) {
  output[at] = isFirst ? 0x01 : 0x02;
  writeSize(output, at + 1, part.length);
  output.set(part, at + storedHeaderBytes);
  return storedHeaderBytes + part.length;
}

/** @type {(output: Uint8Array, at: number, size: number) => void} */
function writeSize(output, at, size) {
  output[at] = (size - 1) >> 8;
  output[at + 1] = size - 1;
}

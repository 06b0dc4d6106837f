import { crc32 } from "node:zlib";
import { discard } from "../discard.js";
import { Lzma2Encoder } from "../wasm/liblzma.js";

/** @typedef {import("../wasm/liblzma.js").LzmaOptions} LzmaOptions */

/** The encoder of this thread and the dictionary that its memory was made for: with another, part of that would stay unused. */
let encoder = new Lzma2Encoder();
let dictionary = 0;

/**
 * LZMA2 chunks of some content, by liblzma, with the CRC32 of the content. Discards the pieces one by one, each
 * of which is all of its buffer. Gives nothing when `stop[0]` is set meanwhile.
 * @param {{ pieces: Uint8Array<ArrayBuffer>[], options: LzmaOptions, stop: Int32Array }} input
 */
export async function run({ pieces, options, stop }) {
  if (dictionary !== 0 && dictionary !== options.dictSize) encoder = new Lzma2Encoder();
  dictionary = options.dictSize;
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const compressed = [];
  let crc = 0;
  encoder.begin(options);
  for (const piece of pieces) {
    crc = crc32(piece, crc);
    for (const part of encoder.code(piece)) {
      if (Atomics.load(stop, 0) !== 0) return { value: undefined };
      compressed.push(part);
    }
    discard(piece.buffer);
  }
  compressed.push(...encoder.end());
  return { value: { compressed, crc }, transfer: compressed.map(({ buffer }) => buffer) };
}

import { crc32 } from "node:zlib";
import { lanes } from "./lzma/lanes.js";
import { decodeLiterals } from "./lzma/literal-decoder.js";

/**
 * A chunk: where its payload starts, and how long payload and content are. Stored ones have no position bits.
 * @typedef {{ start: number, payload: number, content: number, positionBits: number | undefined }} Chunk
 */

/**
 * The content of LZMA2 chunks that are stored or literals only, and its CRC32; `undefined` when one of them is not.
 * @param {{ body: Uint8Array, chunks: readonly Chunk[], size: number }} input
 */
export async function run({ body, chunks, size }) {
  const content = new Uint8Array(size);
  /** Chunks of literals with the same position bits that wait for being as many as there are lanes. @type {{ coded: Uint8Array, length: number, at: number }[]} */
  let waiting = [];
  let bits = 0;
  const areLiterals = () => {
    const decoded = decodeLiterals(waiting, bits);
    waiting.forEach(({ at }, index) => decoded && content.set(decoded[index] ?? [], at));
    waiting = [];
    return decoded !== undefined;
  };
  let at = 0;
  for (const { start, payload, content: length, positionBits } of chunks) {
    const coded = body.subarray(start, start + payload);
    if (positionBits === undefined) content.set(coded, at);
    else {
      if (waiting.length === lanes.length || positionBits !== bits) {
        if (!areLiterals()) return { value: undefined };
        bits = positionBits;
      }
      waiting.push({ coded, length, at });
    }
    at += length;
  }
  return areLiterals() ? { value: { content, crc: crc32(content) }, transfer: [content.buffer] } : { value: undefined };
}

import { crc32 } from "node:zlib";
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
  let at = 0;
  for (const { start, payload, content: length, positionBits } of chunks) {
    const coded = body.subarray(start, start + payload);
    const decoded = positionBits === undefined ? coded : decodeLiterals(coded, length, positionBits);
    if (decoded === undefined) return { value: undefined };
    content.set(decoded, at);
    at += length;
  }
  return { value: { content, crc: crc32(content) }, transfer: [content.buffer] };
}

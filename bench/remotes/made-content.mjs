import { randomBytes } from "node:crypto";

const block = randomBytes(1024 * 1024);

/** So many bytes, from any place on always the same ones. */
export function madeContent(size) {
  return {
    size,
    async *stream(start) {
      for (let at = start; at < size;) {
        const from = at % block.length;
        const piece = Buffer.from(block.subarray(from, Math.min(block.length, from + size - at)));
        at += piece.length;
        yield piece;
      }
    },
  };
}

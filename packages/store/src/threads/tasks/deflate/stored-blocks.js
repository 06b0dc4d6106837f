/** What a stored block of deflate can hold. Bytes. */
const storedSize = 65535;

/**
 * Blocks of type "stored": a byte of type, the length twice, the bytes themselves.
 * @returns {Uint8Array}
 */
export function storedBlocks(/** @type {Uint8Array} */ content) {
  const pieces = Math.ceil(content.length / storedSize);
  const bytes = new Uint8Array(content.length + 5 * pieces);
  for (let piece = 0; piece < pieces; piece += 1) {
    const part = content.subarray(piece * storedSize, (piece + 1) * storedSize);
    const at = piece * (storedSize + 5);
    bytes[at + 1] = part.length & 0xff;
    bytes[at + 2] = part.length >> 8;
    bytes[at + 3] = ~part.length & 0xff;
    bytes[at + 4] = (~part.length >> 8) & 0xff;
    bytes.set(part, at + 5);
  }
  return bytes;
}

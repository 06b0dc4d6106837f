/** What is decided about at a time: files in a block may differ. Bytes. */
const pieceSize = 128 * 1024;

/** @returns {Uint8Array[]} pieces of 128 KiB, at least one; what would be left over joins the last */
export function piecesOf(/** @type {Uint8Array} */ block) {
  const count = Math.max(1, Math.floor(block.length / pieceSize));
  return Array.from({ length: count }, (_, index) =>
    block.subarray(index * pieceSize, index === count - 1 ? block.length : (index + 1) * pieceSize),
  );
}

/** @returns {Uint8Array} */
export function joined(/** @type {readonly Uint8Array[]} */ parts) {
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

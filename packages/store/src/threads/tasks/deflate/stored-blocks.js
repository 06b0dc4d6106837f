/** What a stored block of deflate can hold. Bytes. */
const storedSize = 65535;
const headerSize = 5;

/** @returns {number} how much room content takes as stored blocks */
export function storedRoom(/** @type {number} */ size) {
  return size + headerSize * Math.ceil(size / storedSize);
}

/**
 * Blocks of type "stored": a byte of type, the length twice, the bytes themselves.
 * @param {Uint8Array} content
 * @param {Uint8Array} target
 * @param {number} start where they go
 * @returns {number} where they end
 */
export function writeStoredBlocks(content, target, start) {
  let at = start;
  for (let from = 0; from < content.length; from += storedSize) {
    const part = content.subarray(from, from + storedSize);
    target.set([0, part.length & 0xff, part.length >> 8, ~part.length & 0xff, (~part.length >> 8) & 0xff], at);
    target.set(part, at + headerSize);
    at += headerSize + part.length;
  }
  return at;
}

import { constants, deflateRawSync } from "node:zlib";

/**
 * What zlib makes of bytes.
 * @param {Uint8Array} bytes
 * @param {Uint8Array | undefined} dictionary the bytes before them, at most 32 KiB
 * @param {number} level 1 to 9
 * @returns {Uint8Array} whole deflate blocks that end at a byte, none of them marked as the last
 */
export function fullBlocks(bytes, dictionary, level) {
  // A block that does not shrink grows by 5 bytes for each 32 KiB or so. With room for that it comes in one piece.
  const options = { level, chunkSize: 1024 + bytes.length + (bytes.length >> 8), finishFlush: constants.Z_SYNC_FLUSH };
  return deflateRawSync(bytes, dictionary === undefined ? options : { ...options, dictionary });
}

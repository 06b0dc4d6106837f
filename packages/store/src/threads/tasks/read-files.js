import { closeSync, constants, openSync, readSync } from "node:fs";

/** Never follows a link, and never waits for a pipe. */
const readFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * @typedef {object} ListedFiles
 * @property {string} places absolute, each with a NUL behind it
 * @property {number[]} sizes as they were listed
 */

/**
 * @typedef {object} ReadFiles
 * @property {Uint8Array} bytes all files one after the other, up to the first that is not as it was listed
 * @property {number} count of those files
 */

/** Reads small files one after the other: handing each to another thread by itself takes longer than reading it. */
export async function run(/** @type {ListedFiles} */ { places, sizes }) {
  // With room to see that a file goes on behind its size.
  const bytes = Buffer.allocUnsafeSlow(sizes.reduce((total, size) => total + size, 1));
  let start = 0;
  let count = 0;
  for (const place of places.split("\0", sizes.length)) {
    const size = sizes[count] ?? 0;
    if (read(place, bytes.subarray(start, start + size + 1)) !== size) break;
    start += size;
    count += 1;
  }
  /** @type {ReadFiles} */
  const value = { bytes: new Uint8Array(bytes.buffer), count };
  return { value, transfer: [bytes.buffer] };
}

/** The number of bytes that were read, as far as there is room; nothing where the system refuses. */
function read(/** @type {string} */ place, /** @type {Uint8Array} */ room) {
  try {
    const file = openSync(place, readFlags);
    try {
      return readSync(file, room);
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

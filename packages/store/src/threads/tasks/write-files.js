import { closeSync, fchmodSync, openSync, writeSync } from "node:fs";

/**
 * @typedef {object} NewFiles
 * @property {string} places absolute, each with a NUL behind it
 * @property {boolean[]} executables
 * @property {Uint8Array} bytes all files one after the other, and perhaps more
 * @property {number[]} ends where each of them ends
 */

/**
 * @typedef {object} Written
 * @property {Uint8Array} bytes the memory, to be used again
 * @property {{ place: string, error: object } | undefined} failure the first file that could not be written, and what the system says
 */

/** Writes small files that were not there: handing each to another thread by itself takes longer than writing it. */
export async function run(/** @type {NewFiles} */ files) {
  /** @type {Written} */
  const value = { bytes: files.bytes, failure: writeAll(files) };
  return { value, transfer: [/** @type {ArrayBuffer} */ (files.bytes.buffer)] };
}

/** @returns {Written["failure"]} */
function writeAll(/** @type {NewFiles} */ { places, executables, bytes, ends }) {
  let start = 0;
  for (const [index, place] of places.split("\0", ends.length).entries()) {
    const end = ends[index] ?? start;
    try {
      write(place, bytes.subarray(start, end), executables[index] === true);
    } catch (error) {
      const { code, errno, syscall, message } = /** @type {NodeJS.ErrnoException} */ (error);
      return { place, error: { code, errno, syscall, message } };
    }
    start = end;
  }
  return undefined;
}

/** Writes a file that was not there. */
function write(/** @type {string} */ place, /** @type {Uint8Array} */ content, /** @type {boolean} */ executable) {
  const mode = executable ? 0o755 : 0o644;
  const file = openSync(place, "wx", mode);
  try {
    // The process' umask must not decide who can read an item.
    fchmodSync(file, mode);
    for (let start = 0; start < content.length;) start += writeSync(file, content, start);
  } finally {
    closeSync(file);
  }
}

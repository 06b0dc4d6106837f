import { crc32, inflateRawSync } from "node:zlib";

/**
 * @typedef {object} Packed
 * @property {Uint8Array} bytes what all members are in, packed
 * @property {Float64Array} table five numbers for each member: where it begins and ends in the bytes, whether it is deflated, its size unpacked, its checksum
 */

/**
 * @typedef {object} Unpacked
 * @property {Uint8Array} bytes all members one after the other
 * @property {{ member: number, why: string } | undefined} failure the first member that is not what the table says
 */

/** Unpacks small members of a zip one after the other: handing each to another thread by itself takes longer than unpacking it. */
export async function run(/** @type {Packed} */ input) {
  const value = unpack(input);
  return { value, transfer: [/** @type {ArrayBuffer} */ (value.bytes.buffer)] };
}

/** @returns {Unpacked} */
function unpack(/** @type {Packed} */ { bytes, table }) {
  let total = 0;
  for (let at = 3; at < table.length; at += 5) total += table[at] ?? 0;
  const unpacked = new Uint8Array(total);
  let end = 0;
  for (let at = 0; at < table.length; at += 5) {
    const [start, stop, isDeflated, size, crc] = /** @type {[number, number, number, number, number]} */ (
      /** @type {unknown} */ (table.subarray(at, at + 5))
    );
    const packed = bytes.subarray(start, stop);
    const content = isDeflated ? inflate(packed, size) : packed;
    const why = typeof content === "string" ? content : faultOf(content, size, crc);
    if (typeof content === "string" || why !== undefined) return { bytes: unpacked, failure: { member: at / 5, why: why ?? "" } };
    unpacked.set(content, end);
    end += size;
  }
  return { bytes: unpacked, failure: undefined };
}

function faultOf(/** @type {Uint8Array} */ content, /** @type {number} */ size, /** @type {number} */ crc) {
  if (content.length !== size) return `unpacks to ${content.length} bytes instead of ${size}`;
  return crc32(content) === crc ? undefined : "does not have the checksum that the directory says";
}

/** The content, or what is wrong with it. */
function inflate(/** @type {Uint8Array} */ packed, /** @type {number} */ size) {
  try {
    // One byte of room beyond the size tells what is too long, and is all that such a member gets.
    const { buffer, engine } = /** @type {{ buffer: Uint8Array, engine: { bytesWritten: number } }} */ (
      /** @type {unknown} */ (inflateRawSync(packed, { info: true, chunkSize: Math.max(64, size + 1), maxOutputLength: size + 1 }))
    );
    return engine.bytesWritten === packed.length ? buffer : "has bytes behind the end of its content";
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
    return code === "ERR_BUFFER_TOO_LARGE" ? `unpacks to more than the ${size} bytes that the directory says` : `is corrupted (${message})`;
  }
}

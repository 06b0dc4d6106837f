import { decompress } from "@cloudpss/zstd/wasm";

/**
 * The content of zstd frames whose headers tell its size; `undefined` when one of them is not valid.
 *
 * @param {{ frames: Uint8Array, sizes: readonly number[] }} input the frames, one behind the other, and the size of each
 */
export async function run({ frames, sizes }) {
  try {
    let start = 0;
    const contents = sizes.map((size) => decompress(frames.subarray(start, (start += size))));
    const value = contents.length === 1 ? /** @type {Uint8Array} */ (contents[0]) : new Uint8Array(Buffer.concat(contents));
    return { value, transfer: [/** @type {ArrayBuffer} */ (value.buffer)] };
  } catch {
    return { value: undefined };
  }
}

import { decompress } from "@cloudpss/zstd/wasm";

/** The content of a zstd frame whose header tells its size; `undefined` when the frame is not valid. */
export async function run(/** @type {Uint8Array} */ frame) {
  try {
    const value = decompress(frame);
    return { value, transfer: [/** @type {ArrayBuffer} */ (value.buffer)] };
  } catch {
    return { value: undefined };
  }
}

import type { Codec } from "./codec.js";
import { compress } from "./xz/compress.js";
import { decompress } from "./xz/decompress.js";

/** `.xz`, and in reading the legacy `.lzma` too. */
export const xz: Codec = { compress, decompress };

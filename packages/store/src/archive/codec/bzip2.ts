import { readBzip2 } from "./bzip2/read.js";
import { writeBzip2 } from "./bzip2/write.js";
import type { Codec } from "./codec.js";

/** bzip2, one stream for each 900 kB, as `pbzip2` writes it. */
export const bzip2: Codec = { compress: writeBzip2, decompress: readBzip2 };

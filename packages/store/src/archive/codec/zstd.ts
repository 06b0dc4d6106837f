import type { Codec } from "./codec.js";
import { readZstd } from "./zstd/read.js";
import { writeZstd } from "./zstd/write.js";

/** zstd (RFC 8878), one frame for each 2 MiB, which are written and read in parallel. */
export const zstd: Codec = { compress: writeZstd, decompress: readZstd };

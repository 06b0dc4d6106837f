import type { Codec } from "./codec.js";
import { gunzipped } from "./gzip/read.js";
import { gzipped } from "./gzip/write.js";

/** gzip (RFC 1952): one member, whatever the size. */
export const gzip: Codec = { compress: gzipped, decompress: gunzipped };

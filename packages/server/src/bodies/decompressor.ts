import type { Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";

import { BentoError } from "@bento/core";

import type { ContentEncoding } from "./content-encoding.js";

/** Bytes that a decompressor gives at once. */
const chunkSize = 64 * 1024;

/** Undoes a content encoding, no faster than what it gives is taken. */
export function openDecompressor(encoding: ContentEncoding): Transform {
  switch (encoding) {
    case "gzip":
      return createGunzip({ chunkSize });
    case "deflate":
      return createInflate({ chunkSize });
    case "br":
      return createBrotliDecompress({ chunkSize });
  }
}

/** The error for a body that is not what its encoding says; what does not come from zlib stays as it is. */
export function decompressionError(encoding: ContentEncoding, error: Error): Error {
  if (BentoError.is(error) || !("errno" in error)) return error;
  return new BentoError("BENTO_BAD_REQUEST", `The request body is not valid ${encoding}: ${error.message}.`, {
    cause: error,
    hint: "Compress the whole body as Content-Encoding says, or send it as it is.",
  });
}

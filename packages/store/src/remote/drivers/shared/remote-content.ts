import type { RemoteContent } from "../../remote.js";

const chunkBytes = 1024 * 1024;

/** Bytes in memory as something to write. */
export function contentOfBytes(bytes: Uint8Array): RemoteContent {
  return {
    size: bytes.length,
    async *stream(start) {
      // Copies: a chunk belongs to whoever asked for it.
      for (let at = start; at < bytes.length; at += chunkBytes) yield bytes.slice(at, at + chunkBytes);
    },
  };
}

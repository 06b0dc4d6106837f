import { hasAscii, uint32 } from "./fields.js";
import { type ImageHead, imageHead } from "./image-head.js";

/** @source PNG, W3C recommendation 2025, §5.2 and §11.2.1: the signature, then IHDR */
export function pngHead(bytes: Uint8Array): ImageHead | undefined {
  if (bytes.length < 24 || !hasAscii(bytes, 0, "\u0089PNG\r\n\u001a\n") || !hasAscii(bytes, 12, "IHDR")) return undefined;
  return imageHead("png", uint32(bytes, 16), uint32(bytes, 20));
}

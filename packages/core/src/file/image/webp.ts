import { hasAscii, uint16, uint24, uint32 } from "./fields.js";
import { type ImageHead, imageHead } from "./image-head.js";

/** @source RFC 9649 (WebP), §2.5 to §2.7; RFC 6386 (VP8), §9.1 */
export function webpHead(bytes: Uint8Array): ImageHead | undefined {
  if (!hasAscii(bytes, 0, "RIFF") || !hasAscii(bytes, 8, "WEBP")) return undefined;
  if (hasAscii(bytes, 12, "VP8X")) return bytes.length < 30 ? undefined : imageHead("webp", uint24(bytes, 24) + 1, uint24(bytes, 27) + 1);
  if (hasAscii(bytes, 12, "VP8L")) return losslessHead(bytes);
  return hasAscii(bytes, 12, "VP8 ") ? lossyHead(bytes) : undefined;
}

/** Behind a signature byte, fourteen bits of each measure less one. */
function losslessHead(bytes: Uint8Array): ImageHead | undefined {
  if (bytes.length < 25 || bytes[20] !== 0x2f) return undefined;
  const bits = uint32(bytes, 21, true);
  return imageHead("webp", (bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
}

/** A key frame: its tag, a start code, then fourteen bits of each measure below two bits of scale. */
function lossyHead(bytes: Uint8Array): ImageHead | undefined {
  const isKeyFrame = ((bytes[20] ?? 1) & 1) === 0;
  if (bytes.length < 30 || !isKeyFrame || !hasAscii(bytes, 23, "\u009d\u0001\u002a")) return undefined;
  return imageHead("webp", uint16(bytes, 26, true) & 0x3fff, uint16(bytes, 28, true) & 0x3fff);
}

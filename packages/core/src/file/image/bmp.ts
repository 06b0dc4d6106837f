import { hasAscii, int32, uint16, uint32 } from "./fields.js";
import { type ImageHead, imageHead } from "./image-head.js";

/** @source Windows GDI, BITMAPFILEHEADER and the headers that may follow it */
export function bmpHead(bytes: Uint8Array): ImageHead | undefined {
  return bytes.length >= 26 && hasAscii(bytes, 0, "BM") ? bitmapHead("bmp", bytes.subarray(14)) : undefined;
}

/** The bitmap header alone, as icons hold it too. A negative height says that rows go from top to bottom. */
export function bitmapHead(format: "bmp" | "ico", bytes: Uint8Array): ImageHead | undefined {
  const size = uint32(bytes, 0, true);
  // OS/2's first header has short numbers; the later ones of OS/2 and Windows (16 to 124 bytes) agree in these two.
  if (size === 12) return imageHead(format, uint16(bytes, 4, true), uint16(bytes, 6, true));
  if (size < 16 || size > 124) return undefined;
  return imageHead(format, int32(bytes, 4, true), Math.abs(int32(bytes, 8, true)));
}

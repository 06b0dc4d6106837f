import { hasAscii, uint16 } from "./fields.js";
import { type ImageHead, imageHead } from "./image-head.js";

/** @source GIF89a specification, §17 and §18: the logical screen, which holds every frame */
export function gifHead(bytes: Uint8Array): ImageHead | undefined {
  if (bytes.length < 10 || !(hasAscii(bytes, 0, "GIF87a") || hasAscii(bytes, 0, "GIF89a"))) return undefined;
  return imageHead("gif", uint16(bytes, 6, true), uint16(bytes, 8, true));
}

import { bitmapHead } from "./bmp.js";
import { hasAscii, uint16, uint32 } from "./fields.js";
import { type ImageHead, imageHead, type Scan } from "./image-head.js";
import { pngHead } from "./png.js";

const entryBytes = 16;
/** Icons have a dozen sizes. Others claim more. */
const maxEntries = 256;

/** Whether a file starts as an icon: its type is 1, and it holds some pictures. */
export function isIco(bytes: Uint8Array): boolean {
  return bytes.length >= 22 && hasAscii(bytes, 0, "\0\0\u0001\0") && uint16(bytes, 4, true) > 0 && bytes[9] === 0;
}

/**
 * The largest picture of an icon. Each is asked itself: a directory has one byte for a measure, and a picture may be
 * larger than its entry admits.
 * @source Windows ICONDIR and ICONDIRENTRY
 */
export function* scanIco(head: Uint8Array): Scan<ImageHead | undefined> {
  const count = uint16(head, 4, true);
  if (count > maxEntries) return undefined;
  const entries = yield { start: 6, length: count * entryBytes };
  if (entries.length < count * entryBytes) return undefined;
  let largest: ImageHead | undefined;
  for (let at = 0; at < entries.length; at += entryBytes) {
    const picture = yield { start: uint32(entries, at + 12, true), length: 24 };
    if (picture.length < 24) return undefined;
    largest = larger(largest, pictureHead(picture) ?? entryHead(entries, at));
  }
  return largest;
}

function pictureHead(picture: Uint8Array): ImageHead | undefined {
  const png = pngHead(picture);
  if (png !== undefined) return { ...png, format: "ico" };
  const bitmap = bitmapHead("ico", picture);
  // A bitmap in an icon counts the rows of its mask too.
  return bitmap === undefined ? undefined : imageHead("ico", bitmap.width, Math.ceil(bitmap.height / 2));
}

/** What the directory says; 0 stands for 256. */
function entryHead(entries: Uint8Array, at: number): ImageHead | undefined {
  return imageHead("ico", entries[at] || 256, entries[at + 1] || 256);
}

function larger(one: ImageHead | undefined, other: ImageHead | undefined): ImageHead | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return other.width * other.height > one.width * one.height ? other : one;
}

import { hasAscii, uint16, uint32, uint64 } from "./fields.js";
import { type ImageHead, imageHead, type Scan } from "./image-head.js";

/** How the two layouts, TIFF and BigTIFF, write the list of tags. */
interface Layout {
  readonly countBytes: number;
  readonly entryBytes: number;
  readonly valueAt: number;
}

const classic: Layout = { countBytes: 2, entryBytes: 12, valueAt: 8 };
const big: Layout = { countBytes: 8, entryBytes: 20, valueAt: 12 };

/** Tags stand in ascending order and the wanted two are among the lowest; files that disregard it have few tags. */
const maxEntries = 256;

const imageWidth = 256;
const imageLength = 257;

/** Whether a file starts as TIFF or BigTIFF, in either byte order. */
export function isTiff(bytes: Uint8Array): boolean {
  return ["II*\0", "MM\0*", "II+\0", "MM\0+"].some((magic) => hasAscii(bytes, 0, magic));
}

/**
 * The measures of the first picture, wherever in the file its tags are: many programs write them last.
 * @source TIFF 6.0, §2; BigTIFF as in libtiff
 */
export function* scanTiff(head: Uint8Array): Scan<ImageHead | undefined> {
  const little = hasAscii(head, 0, "II");
  const isBig = hasAscii(head, 0, "II+") || hasAscii(head, 0, "MM\0+");
  if (head.length < 16) return undefined;
  const layout = isBig ? big : classic;
  const start = isBig ? uint64(head, 8, little) : uint32(head, 4, little);
  const counted = yield { start, length: layout.countBytes };
  if (counted.length < layout.countBytes) return undefined;
  const count = Math.min(isBig ? uint64(counted, 0, little) : uint16(counted, 0, little), maxEntries);
  const entries = yield { start: start + layout.countBytes, length: count * layout.entryBytes };
  return measures(entries, layout, little);
}

function measures(entries: Uint8Array, layout: Layout, little: boolean): ImageHead | undefined {
  let width = 0;
  let height = 0;
  for (let at = 0; at + layout.entryBytes <= entries.length; at += layout.entryBytes) {
    const tag = uint16(entries, at, little);
    if (tag === imageWidth) width = valueOf(entries, at, layout, little);
    if (tag === imageLength) height = valueOf(entries, at, layout, little);
  }
  return imageHead("tiff", width, height);
}

/** A number written as SHORT, LONG or LONG8; 0 for any other type. */
function valueOf(entries: Uint8Array, at: number, layout: Layout, little: boolean): number {
  const type = uint16(entries, at + 2, little);
  if (type === 3) return uint16(entries, at + layout.valueAt, little);
  if (type === 4) return uint32(entries, at + layout.valueAt, little);
  return type === 16 && layout === big ? uint64(entries, at + layout.valueAt, little) : 0;
}

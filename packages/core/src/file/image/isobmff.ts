import { ascii, hasAscii, uint32, uint64 } from "./fields.js";
import type { ImageFormat, Scan } from "./image-head.js";

/** A box of the ISO base media format: its name, and where its content lies in the file. */
export interface Box {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const heicBrands = new Set(["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1"]);
const avifBrands = new Set(["avif", "avis"]);

/** Which image format the brands of a `ftyp` box name; `undefined` for films and everything else. */
export function imageFormatOfBrands(bytes: Uint8Array): ImageFormat | undefined {
  if (!hasAscii(bytes, 4, "ftyp")) return undefined;
  const end = Math.min(uint32(bytes, 0), bytes.length);
  let format: ImageFormat | undefined;
  // The major brand stands first, then a version where no brand can be, then those it is compatible with.
  for (let at = 8; at + 4 <= end; at += 4) {
    const brand = ascii(bytes, at, 4);
    if (avifBrands.has(brand)) return "avif";
    if (heicBrands.has(brand)) format ??= "heic";
    else if (at === 8) return undefined;
  }
  return format;
}

/** The first box of a name on the top level of a file; what comes behind it is not looked at. */
export function* findBox(name: string): Scan<Box | undefined> {
  for (let at = 0; at < Infinity;) {
    const box = yield* boxAt(at, Infinity);
    if (box === undefined || box.name === name) return box;
    at = box.end;
  }
  return undefined;
}

/** The boxes side by side in a part of a file; `undefined` where they are cut off or do not fit. */
export function* boxesIn(start: number, end: number): Scan<readonly Box[] | undefined> {
  const boxes: Box[] = [];
  for (let at = start; at < end;) {
    const box = yield* boxAt(at, end);
    if (box === undefined) return undefined;
    boxes.push(box);
    at = box.end;
  }
  return boxes;
}

/** A box's size is written before its name: 1 says that 64 bits of it follow, 0 that it goes to the end. */
function* boxAt(at: number, end: number): Scan<Box | undefined> {
  const bytes = yield { start: at, length: 16 };
  if (bytes.length < 8) return undefined;
  const short = uint32(bytes, 0);
  const headBytes = short === 1 ? 16 : 8;
  if (bytes.length < headBytes) return undefined;
  const size = short === 1 ? uint64(bytes, 8) : short === 0 ? end - at : short;
  if (size < headBytes || at + size > end) return undefined;
  return { name: ascii(bytes, 4, 4), start: at + headBytes, end: at + size };
}

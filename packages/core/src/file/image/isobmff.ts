import { ascii, hasAscii, uint32, uint64 } from "./fields.js";
import { type ImageFormat, type ImageHead, imageHead, type Scan } from "./image-head.js";

/** A box of the ISO base media format: its name, and where its content lies in the file. */
interface Box {
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

/**
 * The largest extent that the properties of the file's items name. A picture of tiles names one for itself and one for a
 * tile, and thumbnails have theirs; the picture is the largest.
 * @source ISO/IEC 14496-12 (boxes), ISO/IEC 23008-12 §6.5.3 (`ispe`)
 */
export function* scanIsobmff(format: ImageFormat): Scan<ImageHead | undefined> {
  const meta = yield* find("meta", { name: "", start: 0, end: Infinity });
  // `meta` begins with four bytes of version and flags.
  const properties = meta && (yield* find("iprp", { ...meta, start: meta.start + 4 }));
  const container = properties && (yield* find("ipco", properties));
  if (container === undefined) return undefined;
  let largest: ImageHead | undefined;
  for (let at = container.start; at < container.end;) {
    const box = yield* boxAt(at, container.end);
    if (box === undefined) break;
    if (box.name === "ispe") {
      const bytes = yield { start: box.start, length: 12 };
      const head = bytes.length < 12 ? undefined : imageHead(format, uint32(bytes, 4), uint32(bytes, 8));
      if (head !== undefined && (largest === undefined || head.width * head.height > largest.width * largest.height)) largest = head;
    }
    at = box.end;
  }
  return largest;
}

function* find(name: string, within: Box): Scan<Box | undefined> {
  for (let at = within.start; at < within.end;) {
    const box = yield* boxAt(at, within.end);
    if (box === undefined || box.name === name) return box;
    at = box.end;
  }
  return undefined;
}

/** A box's size is written before its name: 1 says that 64 bits of it follow, 0 that it goes to the end. */
function* boxAt(at: number, end: number): Scan<Box | undefined> {
  const bytes = yield { start: at, length: 16 };
  if (bytes.length < 8) return undefined;
  const short = uint32(bytes, 0);
  const headBytes = short === 1 ? 16 : 8;
  if (bytes.length < headBytes) return undefined;
  const size = short === 1 ? uint64(bytes, 8) : short === 0 ? end - at : short;
  return size < headBytes ? undefined : { name: ascii(bytes, 4, 4), start: at + headBytes, end: Math.min(at + size, end) };
}

import { int32, uint16, uint32 } from "./fields.js";
import { type ImageFormat, type ImageHead, imageHead, type Scan } from "./image-head.js";
import { type Box, boxesIn, findBox } from "./isobmff.js";

/** How long the list of which item has which properties may be. A picture of fifty tiles needs 300 bytes. */
const maxListBytes = 64 * 1024;

interface Measures {
  readonly width: number;
  readonly height: number;
}

/**
 * The measures of an AVIF's or HEIC's primary picture: its extent, cut and turned as its properties demand, which every
 * reader has to do.
 * @source ISO/IEC 23008-12 §6.5 (`ispe`, `irot`), §9.3 (`ipco`, `ipma`); ISO/IEC 14496-12 §8.11.4 (`pitm`), §12.1.4 (`clap`)
 */
export function* scanHeif(format: ImageFormat): Scan<ImageHead | undefined> {
  const meta = yield* findBox("meta");
  // `meta` begins with four bytes of version and flags.
  const boxes = meta && (yield* boxesIn(meta.start + 4, meta.end));
  const primary = boxes && (yield* primaryItem(named(boxes, "pitm")));
  const about = boxes && named(boxes, "iprp");
  const lists = about && (yield* boxesIn(about.start, about.end));
  const container = lists && named(lists, "ipco");
  const properties = container && (yield* boxesIn(container.start, container.end));
  if (primary === undefined || lists === undefined || properties === undefined) return undefined;
  let measures: Measures | undefined;
  for (const index of yield* propertiesOf(primary, named(lists, "ipma"))) {
    const property = properties[index - 1];
    if (property !== undefined) measures = yield* applied(property, measures);
  }
  return measures && imageHead(format, measures.width, measures.height);
}

function named(boxes: readonly Box[], name: string): Box | undefined {
  return boxes.find((box) => box.name === name);
}

function* primaryItem(box: Box | undefined): Scan<number | undefined> {
  const bytes = box && (yield { start: box.start, length: 8 });
  if (bytes === undefined || bytes.length < 6) return undefined;
  return bytes[0] === 0 ? uint16(bytes, 4) : uint32(bytes, 4);
}

/** The numbers of an item's properties, in the order in which they apply; counted from 1. */
function* propertiesOf(item: number, box: Box | undefined): Scan<readonly number[]> {
  if (box === undefined || box.end - box.start > maxListBytes) return [];
  const bytes = yield { start: box.start, length: box.end - box.start };
  if (bytes.length < box.end - box.start) return [];
  const isLong = bytes[0] !== 0;
  const isWide = ((bytes[3] ?? 0) & 1) === 1;
  for (let at = 8; at < bytes.length;) {
    const id = isLong ? uint32(bytes, at) : uint16(bytes, at);
    at += isLong ? 4 : 2;
    const count = bytes[at++] ?? 0;
    // The highest bit says that a reader must know the property.
    const numbers = Array.from({ length: count }, (_, i) => (isWide ? uint16(bytes, at + i * 2) & 0x7fff : (bytes[at + i] ?? 0) & 0x7f));
    if (id === item) return numbers;
    at += count * (isWide ? 2 : 1);
  }
  return [];
}

/** The measures after a property: `ispe` sets them, `clap` cuts to a part, `irot` may turn them; others leave them. */
function* applied(property: Box, measures: Measures | undefined): Scan<Measures | undefined> {
  const { name, start } = property;
  if (name === "ispe") {
    const bytes = yield { start, length: 12 };
    return bytes.length < 12 ? undefined : { width: uint32(bytes, 4), height: uint32(bytes, 8) };
  }
  if (measures === undefined) return undefined;
  if (name === "clap") {
    const bytes = yield { start, length: 16 };
    return bytes.length < 16 ? undefined : cut(measures, bytes);
  }
  if (name !== "irot") return measures;
  const [angle = 0] = yield { start, length: 1 };
  return angle % 2 === 1 ? { width: measures.height, height: measures.width } : measures;
}

/** A part is given as two fractions; what is larger than the whole or no number cuts nothing. */
function cut({ width, height }: Measures, bytes: Uint8Array): Measures {
  const partWidth = Math.floor(int32(bytes, 0) / int32(bytes, 4));
  const partHeight = Math.floor(int32(bytes, 8) / int32(bytes, 12));
  return {
    width: partWidth >= 1 && partWidth < width ? partWidth : width,
    height: partHeight >= 1 && partHeight < height ? partHeight : height,
  };
}

import type { ChunkReader } from "../chunk-reader.js";
import { damaged } from "../damage.js";
import type { Bits } from "./bits.js";

/** The bits from one magic number up to the next. */
export interface Segment {
  /** What the magic number stands for: a block, or the end of a stream. */
  readonly kind: "block" | "end";
  readonly content: Bits;
}

/** No block can be longer: 900,000 symbols of 20 bits, and its tables. Bytes. */
const longest = 3 * 1024 * 1024;
/** Magic numbers, as two times 24 bits. */
const magics = { block: [0x314159, 0x265359], end: [0x177245, 0x385090] } as const;
/** For the two bytes behind the one in which a magic number starts: whether one may. */
const candidates = findCandidates();

/**
 * Cuts bzip2 data, behind its first header, at every magic number, whatever bit it starts at. The content of a block may
 * hold one by chance (or by intent): then its segments belong together, which only decompressing them tells.
 * @throws BENTO_ARCHIVE_INVALID when the data does not start with a magic number, or a block never ends
 */
export async function* segmentsOf(reader: ChunkReader): AsyncGenerator<Segment, void> {
  let bytes: Uint8Array = new Uint8Array(0);
  let current: { readonly kind: "block" | "end"; readonly start: number } | undefined;
  let scanned = 0;
  for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
    bytes = concat(bytes, chunk);
    for (;;) {
      const found = nextMagic(bytes, scanned);
      scanned = found === undefined ? Math.max(scanned, (bytes.length - 7) * 8) : found.bit + 1;
      if (found === undefined) break;
      if (current === undefined && found.bit !== 0) throw damaged("The bzip2 data is damaged behind its header.");
      if (current !== undefined) yield { kind: current.kind, content: bitsOf(bytes, current.start, found.bit) };
      const cut = Math.floor(found.bit / 8);
      bytes = bytes.subarray(cut);
      scanned -= cut * 8;
      current = { kind: found.kind, start: found.bit % 8 };
    }
    if (current === undefined && bytes.length > 16) throw damaged("The bzip2 data is damaged behind its header.");
    if (bytes.length > longest) throw damaged("The bzip2 data holds a block without an end.");
  }
  if (current?.kind !== "end") throw damaged("The bzip2 data is cut off.");
  yield { kind: "end", content: bitsOf(bytes, current.start, bytes.length * 8) };
}

/** The second behind the first, which must be from here: in its own memory where there is room, as chunks may be of one byte. */
function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  const length = first.length + second.length;
  const hasRoom = first.byteOffset + length <= first.buffer.byteLength;
  const bytes = hasRoom
    ? new Uint8Array(first.buffer, first.byteOffset, length)
    : new Uint8Array(length + first.length).subarray(0, length);
  if (!hasRoom) bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

/** A copy, in a buffer of its own. */
function bitsOf(bytes: Uint8Array, start: number, end: number): Bits {
  return { bytes: new Uint8Array(bytes.subarray(0, Math.ceil(end / 8))), start, bits: end - start };
}

function nextMagic(bytes: Uint8Array, from: number): { readonly kind: "block" | "end"; readonly bit: number } | undefined {
  for (let at = Math.floor(from / 8); at + 7 <= bytes.length; at += 1) {
    if (candidates[((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number)] === 0) continue;
    for (let bit = Math.max(from, at * 8); bit < at * 8 + 8; bit += 1) {
      for (const kind of ["block", "end"] as const) {
        if (bits24(bytes, bit) === magics[kind][0] && bits24(bytes, bit + 24) === magics[kind][1]) return { kind, bit };
      }
    }
  }
  return undefined;
}

function bits24(bytes: Uint8Array, bit: number): number {
  const at = Math.floor(bit / 8);
  const high = ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
  return ((high << (bit % 8)) & 0xffffff) | ((bytes[at + 3] as number) >> (8 - (bit % 8)));
}

function findCandidates(): Uint8Array {
  const table = new Uint8Array(65536);
  for (const [high] of Object.values(magics)) {
    for (let shift = 0; shift < 8; shift += 1) table[(high >> shift) & 0xffff] = 1;
  }
  return table;
}

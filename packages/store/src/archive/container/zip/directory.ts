import { checkSignal } from "../../../store/cancellation.js";
import type { ImportLimits } from "../../rules/limits.js";
import type { RandomAccess } from "../container.js";
import { centralSignature, inZip64, readExactly, readUInt64 } from "./bytes.js";
import type { DirectoryPlace } from "./end-record.js";
import { extraFields } from "./member-name.js";
import { damaged, quote, unsafe } from "./refusals.js";

/** Bytes of the directory that are looked at together: more than the longest record, little enough to forget again. */
const pageBytes = 512 * 1024;
/** Records of a page: fewer than the number that stands for zip64, and few enough that what is made of them is soon gone. */
const pageRecords = 512;

const recordBytes = 46;
const localBytes = 30;
const zip64Id = 0x0001;

/** Some records of the directory, one after the other. */
export interface DirectoryPage {
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

/** A directory as it was found before anything of it is believed. */
export interface Directory {
  readonly pages: readonly DirectoryPage[];
  /** By number of the member: where its local header begins, in the source. */
  readonly starts: Float64Array;
  /** By number of the member: where the next thing begins, a member or the directory. */
  readonly ends: Float64Array;
}

/**
 * Walks over the whole directory once: it must consist of as many records as the end record says, to its last byte,
 * and the members that they name must lie one after the other without sharing a byte. Keeps two numbers a member.
 * @throws BENTO_ARCHIVE_INVALID for a directory that is broken, BENTO_ARCHIVE_UNSAFE for one that is too long or lists bytes twice
 */
export async function surveyDirectory(
  source: RandomAccess,
  place: DirectoryPlace,
  { limits, signal }: { readonly limits: ImportLimits; readonly signal: AbortSignal },
): Promise<Directory> {
  const { count, start, end } = place;
  if (count > limits.maxEntries) {
    throw unsafe(
      `it lists ${count} members, more than the ${limits.maxEntries} that are allowed`,
      "Raise `maxEntries` if you trust the archive.",
    );
  }
  if (count * recordBytes > end - start) throw damaged(`its directory is too short for the ${count} members that it promises`);
  const starts = new Float64Array(count);
  const leastEnds = new Float64Array(count);
  const pages: DirectoryPage[] = [];
  let index = 0;
  for (let at = start; index < count;) {
    checkSignal(signal, "Reading the zip archive");
    const bytes = await readExactly(source, at, Math.min(end, at + pageBytes));
    const first = index;
    let length = 0;
    for (const record of recordsOf(bytes, Math.min(count - first, pageRecords))) {
      const { offset, leastBytes } = extentOf(record);
      starts[index] = place.base + offset;
      leastEnds[index] = place.base + offset + leastBytes;
      index += 1;
      length += record.length;
    }
    if (index === first) throw damaged(`its directory breaks off after ${index} of ${count} members`);
    pages.push({ start: at, end: at + length, count: index - first });
    at += length;
  }
  if ((pages.at(-1)?.end ?? start) !== end) throw damaged(`its directory holds more than the ${count} members that it promises`);
  return { pages, starts, ends: endsOf(starts, leastEnds, place) };
}

/** Up to `most` whole records from the beginning of `bytes`. */
export function* recordsOf(bytes: Buffer, most: number): Generator<Buffer, void> {
  let at = 0;
  for (let count = 0; count < most && at + recordBytes <= bytes.length; count += 1) {
    if (bytes.readUInt32LE(at) !== centralSignature) throw damaged("its directory is broken: a record does not begin as one");
    const end = at + recordBytes + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    if (end > bytes.length) return;
    yield bytes.subarray(at, end);
    at = end;
  }
}

/** What unzipper leaves out or decodes. */
export interface RawNames {
  readonly name: Buffer;
  readonly extra: Buffer;
}

/** The raw name and extra fields of a record. */
export function namesOf(record: Buffer): RawNames {
  const nameEnd = recordBytes + record.readUInt16LE(28);
  return { name: record.subarray(recordBytes, nameEnd), extra: record.subarray(nameEnd, nameEnd + record.readUInt16LE(30)) };
}

/** Where a member begins, and how many bytes it takes at least. */
function extentOf(record: Buffer): { readonly offset: number; readonly leastBytes: number } {
  const { name, extra } = namesOf(record);
  const zip64 = [...extraFields(extra)].filter(({ id }) => id === zip64Id);
  if (zip64.length > 1) throw unsafe(`${quote(name.toString())} has two zip64 fields`);
  let at = 0;
  // A value is in the field only where the record itself has no room for it; the order is the format's.
  const valueOf = (position: number): number => {
    const value = record.readUInt32LE(position);
    if (value !== inZip64.long) return value;
    const data = zip64[0]?.data ?? Buffer.alloc(0);
    if (at + 8 > data.length) throw damaged(`the zip64 field of ${quote(name.toString())} lacks what its record leaves to it`);
    at += 8;
    return readUInt64(data, at - 8);
  };
  valueOf(24);
  const packedBytes = valueOf(20);
  const offset = valueOf(42);
  const disk = record.readUInt16LE(34);
  if (disk !== 0 && disk !== inZip64.short) {
    throw damaged("it is one part of several", "Join the parts with `zip -s 0 IN --out OUT` first.");
  }
  return { offset, leastBytes: localBytes + name.length + packedBytes };
}

/** For each member where the next one begins; refuses members that reach beyond that. */
function endsOf(starts: Float64Array, leastEnds: Float64Array, place: DirectoryPlace): Float64Array {
  const order = inOrder(starts);
  const ends = new Float64Array(starts.length);
  for (const [rank, index] of order.entries()) {
    const next = order[rank + 1];
    const limit = next === undefined ? place.start : (starts[next] as number);
    if (!((leastEnds[index] as number) <= place.start)) throw damaged(`member ${index + 1} of its directory lies outside of it`);
    if ((leastEnds[index] as number) > limit) throw unsafe(`members ${index + 1} and ${(next ?? 0) + 1} of its directory share bytes`);
    ends[index] = limit;
  }
  return ends;
}

/** The numbers of the members, in the order in which they lie in the archive: mostly that of the directory. */
function inOrder(starts: Float64Array): Uint32Array {
  const order = Uint32Array.from(starts, (_, index) => index);
  const isSorted = starts.every((start, index) => index === 0 || (starts[index - 1] as number) <= start);
  return isSorted ? order : order.toSorted((a, b) => (starts[a] as number) - (starts[b] as number));
}

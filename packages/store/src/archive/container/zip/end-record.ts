import type { RandomAccess } from "../container.js";
import { asBuffer, endSignature, inZip64, localSignature, readExactly, readUInt64 } from "./bytes.js";
import { damaged, unsafe } from "./refusals.js";

const endBytes = 22;
const locatorBytes = 20;
const zip64Bytes = 56;
const locatorSignature = 0x0706_4b50;
const zip64Signature = 0x0606_4b50;

/** Where the directory of a zip is. */
export interface DirectoryPlace {
  /** Members. */
  readonly count: number;
  /** Where the zip begins: behind whatever was put before it. Offsets in the directory count from here. */
  readonly base: number;
  /** Of the directory, in the source. */
  readonly start: number;
  readonly end: number;
}

interface EndRecord {
  readonly disk: number;
  readonly directoryDisk: number;
  readonly countHere: number;
  readonly count: number;
  readonly size: number;
  readonly offset: number;
}

/**
 * Finds the directory from the end of the zip. The end record must be the only one whose comment reaches the last byte.
 * @throws BENTO_ARCHIVE_INVALID for what is no zip, cut off, followed by other bytes, or in several parts
 * @throws BENTO_ARCHIVE_UNSAFE for two end records
 * @source APPNOTE.TXT 6.3.10, 4.3.14-4.3.16
 */
export async function findDirectory(source: RandomAccess): Promise<DirectoryPlace> {
  if (source.size === 0) throw damaged("it is empty");
  const tailStart = Math.max(0, source.size - endBytes - inZip64.short);
  const tail = await readExactly(source, tailStart, source.size);
  const endAt = tailStart + positionOfEnd(tail);
  const end = readEnd(tail, endAt - tailStart);
  const zip64 = await findZip64(source, endAt);
  const { disk, directoryDisk, countHere, count, size, offset } = zip64 === undefined ? end : resolveZip64(end, zip64.record);
  if (disk !== 0 || directoryDisk !== 0 || countHere !== count) {
    throw damaged("it is one part of several", "Join the parts with `zip -s 0 IN --out OUT` first.");
  }
  const directoryEnd = zip64?.at ?? endAt;
  const base = directoryEnd - size - offset;
  if (!(base >= 0) || (zip64 !== undefined && base !== zip64.base)) throw damaged("its end record places the directory outside of it");
  await refuseArchiveBefore(source, base);
  return { count, base, start: base + offset, end: directoryEnd };
}

/** Where in the tail the end record is. */
function positionOfEnd(tail: Buffer): number {
  const found: number[] = [];
  let isSigned = false;
  for (
    let at = tail.lastIndexOf("PK\x05\x06", -1, "latin1");
    at !== -1;
    at = at === 0 ? -1 : tail.lastIndexOf("PK\x05\x06", at - 1, "latin1")
  ) {
    isSigned = true;
    if (at + endBytes <= tail.length && at + endBytes + tail.readUInt16LE(at + 20) === tail.length) found.push(at);
  }
  if (found.length > 1) throw unsafe("it has two end records, so that tools disagree on what it holds");
  if (found.length === 1) return found[0] as number;
  if (isSigned) throw damaged("it does not end where its end record says: it is cut off, or other bytes follow it");
  throw damaged("it has no end record: it is cut off, or no zip at all");
}

function readEnd(tail: Buffer, at: number): EndRecord {
  return {
    disk: tail.readUInt16LE(at + 4),
    directoryDisk: tail.readUInt16LE(at + 6),
    countHere: tail.readUInt16LE(at + 8),
    count: tail.readUInt16LE(at + 10),
    size: tail.readUInt32LE(at + 12),
    offset: tail.readUInt32LE(at + 16),
  };
}

interface Zip64End {
  readonly record: EndRecord;
  /** Of the record, in the source. */
  readonly at: number;
  readonly base: number;
}

/** The zip64 end record, if there is one: in front of its locator, which stands in front of the end record. */
async function findZip64(source: RandomAccess, endAt: number): Promise<Zip64End | undefined> {
  const locatorAt = endAt - locatorBytes;
  if (locatorAt < zip64Bytes) return undefined;
  const locator = await readExactly(source, locatorAt, endAt);
  if (locator.readUInt32LE(0) !== locatorSignature) return undefined;
  const offset = readUInt64(locator, 8);
  if (locator.readUInt32LE(4) !== 0 || locator.readUInt32LE(16) > 1) {
    throw damaged("it is one part of several", "Join the parts with `zip -s 0 IN --out OUT` first.");
  }
  // Bytes put before a zip move the record away from where the locator says, and then only its usual length tells where it is.
  for (const at of [locatorAt - zip64Bytes, offset]) {
    if (!(at >= offset && at + zip64Bytes <= locatorAt)) continue;
    const bytes = await readExactly(source, at, at + zip64Bytes);
    if (bytes.readUInt32LE(0) !== zip64Signature || at + 12 + readUInt64(bytes, 4) !== locatorAt) continue;
    return { record: readZip64(bytes), at, base: at - offset };
  }
  throw damaged("its zip64 end record is not where it should be");
}

function readZip64(bytes: Buffer): EndRecord {
  return {
    disk: bytes.readUInt32LE(16),
    directoryDisk: bytes.readUInt32LE(20),
    countHere: readUInt64(bytes, 24),
    count: readUInt64(bytes, 32),
    size: readUInt64(bytes, 40),
    offset: readUInt64(bytes, 48),
  };
}

/** The zip64 record's values; the ones that the old record could hold must be the same in both. */
function resolveZip64(old: EndRecord, record: EndRecord): EndRecord {
  for (const [key, hidden] of Object.entries(hiddenValues) as [keyof EndRecord, number][]) {
    if (old[key] !== hidden && old[key] !== record[key]) throw unsafe("its two end records contradict each other");
  }
  return record;
}

const hiddenValues: { readonly [Key in keyof EndRecord]: number } = {
  disk: inZip64.short,
  directoryDisk: inZip64.short,
  countHere: inZip64.short,
  count: inZip64.short,
  size: inZip64.long,
  offset: inZip64.long,
};

/** What stands before a zip may be anything, such as a program that unpacks it, but no zip: its members would be lost in silence. */
async function refuseArchiveBefore(source: RandomAccess, base: number): Promise<void> {
  if (base < endBytes) return;
  const first = await readExactly(source, 0, 4);
  const last = asBuffer(await source.read(base - endBytes, base));
  if (first.readUInt32LE(0) !== localSignature && last.readUInt32LE(0) !== endSignature) return;
  throw damaged(
    "another zip stands before it, or its end record is wrong about where the directory is",
    "If two archives were joined, cut them apart and import each.",
  );
}

import type { ArchiveEntry } from "../container.js";
import { type Field, bytesIn, checksumOf, fields, isZero, numberIn } from "./fields.js";
import { decodeField } from "./names.js";
import { quoted } from "../../rules/unsafe.js";
import { damagedTar } from "./problems.js";
import type { PaxRecord } from "./pax.js";

/** What the headers of one member say. */
export interface Member {
  readonly path: string;
  readonly target: string;
  /** The byte that says what it is. */
  readonly type: number;
  readonly mode: number;
  /** Bytes that lie behind the header: the content, or what is stored of a sparse file. */
  readonly stored: number;
  /** Decisive records of its extended header. */
  readonly records: readonly PaxRecord[];
}

/** Types of headers, as bytes. */
export const types = {
  oldFile: 0,
  file: 0x30,
  hardlink: 0x31,
  symlink: 0x32,
  folder: 0x35,
  contiguous: 0x37,
  gnuLongTarget: 0x4b,
  gnuLongName: 0x4c,
  gnuSparse: 0x53,
  global: 0x67,
  extended: 0x78,
} as const;

const specials = new Set([0x33, 0x34, 0x36]);
const ustar = Buffer.from("ustar");
const gnuVersion = Buffer.from("  \0");

/**
 * Refuses a header that a lenient reader would take: every header passes here, whoever reads it afterwards.
 * @param start of the header in the archive, for messages
 * @throws BENTO_ARCHIVE_INVALID
 */
export function checkHeader(block: Uint8Array, start: number): void {
  const sum = checksumOf(block);
  if (numberIn(block, fields.checksum) !== sum || sum === 8 * 0x20) {
    if (start === 0)
      throw damagedTar("it does not start with a header; this is no tar archive.", "Check that the file is what its name says.");
    throw damagedTar(`the header at byte ${start} is damaged, its checksum does not fit.`);
  }
  for (const field of ["size", "mode"] as const) {
    if (numberIn(block, fields[field]) !== undefined) continue;
    throw damagedTar(
      `the header at byte ${start} has ${quoted(Buffer.from(bytesIn(block, fields[field])).toString("latin1"))} as its ${field}.`,
    );
  }
  if (magicOf(block) === "unknown") throw damagedTar(`the header at byte ${start} is of an unknown dialect.`);
}

/** Whether a header puts a name together from two fields, which is for tar-stream to do. */
export function hasPrefix(block: Uint8Array): boolean {
  return block[fields.prefix[0]] !== 0 && magicOf(block) === "posix";
}

/** The fields that make the name of a member. */
export function nameFields(block: Uint8Array): readonly Field[] {
  return hasPrefix(block) ? [fields.prefix, fields.name] : [fields.name];
}

/** Whether a type has a target. */
export function isLink(type: number): boolean {
  return type === types.symlink || type === types.hardlink;
}

function magicOf(block: Uint8Array): "posix" | "gnu" | "v7" | "unknown" {
  const start = fields.magic[0];
  if (startsWith(block, start, ustar)) {
    if (block[start + 5] === 0) return "posix";
    if (startsWith(block, start + 5, gnuVersion)) return "gnu";
  }
  const isPlain = isZero(block.subarray(start, start + fields.magic[1])) && isZero(block.subarray(fields.prefix[0]));
  return isPlain ? "v7" : "unknown";
}

function startsWith(block: Uint8Array, start: number, bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += 1) if (block[start + at] !== bytes[at]) return false;
  return true;
}

/**
 * What a header says that stands for itself. Most members are of this kind, and for them tar-stream takes several
 * times as long as everything else together; a test holds the two against each other.
 */
export function plainMember(block: Uint8Array): Member {
  const type = block[fields.type[0]] as number;
  return {
    path: decodeField(bytesIn(block, fields.name)),
    target: isLink(type) ? decodeField(bytesIn(block, fields.target)) : "",
    type,
    mode: numberIn(block, fields.mode) as number,
    stored: numberIn(block, fields.size) as number,
    records: [],
  };
}

/**
 * What a member is.
 * @throws BENTO_ARCHIVE_INVALID for types that hold no file, and where readers disagree about the bytes behind the header
 */
export function kindOf({ path, type, stored }: Member): ArchiveEntry["kind"] {
  const kind = kindByType(type, path);
  if (kind === undefined) {
    throw damagedTar(`${quoted(path)} is of type ${quoted(String.fromCharCode(type))}, which is no file, folder or link.`);
  }
  if (kind !== "file" && stored > 0) {
    throw damagedTar(`${quoted(path)} is a ${kind === "special" ? "device" : kind} with ${stored} bytes, which only files have.`);
  }
  return kind;
}

function kindByType(type: number, path: string): ArchiveEntry["kind"] | undefined {
  if (type === types.oldFile || type === types.file || type === types.contiguous) {
    // Before there was a type for folders, a slash at the end said it.
    return path.endsWith("/") ? "folder" : "file";
  }
  if (type === types.gnuSparse) return "file";
  if (type === types.folder) return "folder";
  if (type === types.symlink) return "symlink";
  if (type === types.hardlink) return "hardlink";
  return specials.has(type) ? "special" : undefined;
}

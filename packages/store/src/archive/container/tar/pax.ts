import { quoted } from "../../rules/unsafe.js";
import { decodeName } from "./names.js";
import { damagedTar } from "./problems.js";

/** Records that change how a member is to be read. Times, owners and comments do not. */
function isDecisive(key: string): boolean {
  return key === "path" || key === "linkpath" || key === "size" || key.startsWith("GNU.sparse.");
}

/** One record of an extended header: the key, and the value of a decisive one. */
export type PaxRecord = readonly [key: string, value: string];

/**
 * The decisive records of an extended header (POSIX.1-2001 pax), after a check of all of them: tar-stream, which makes
 * use of the header, ends in silence where one is malformed.
 * @param start of the header in the archive, for messages
 * @throws BENTO_ARCHIVE_INVALID for malformed records, BENTO_ARCHIVE_UNSAFE for names that are not UTF-8
 */
export function decisiveRecords(body: Uint8Array, start: number): PaxRecord[] {
  const records: PaxRecord[] = [];
  let at = 0;
  while (at < body.length) {
    const space = body.indexOf(0x20, at);
    const digits = space < 0 ? "" : latin1(body.subarray(at, Math.min(space, at + 8)));
    const end = at + Number(digits);
    const equals = body.indexOf(0x3d, space);
    const isWhole = /^[1-9]\d*$/.test(digits) && end <= body.length && body[end - 1] === 0x0a;
    if (!isWhole || equals <= space + 1 || equals >= end) throw damagedTar(`the extended header at byte ${start} has a malformed record.`);
    const key = latin1(body.subarray(space + 1, equals));
    if (isDecisive(key)) records.push([key, valueOf(key, body.subarray(equals + 1, end - 1), start)]);
    at = end;
  }
  return records;
}

function valueOf(key: string, bytes: Uint8Array, start: number): string {
  const value = decodeName(bytes);
  const isName = key === "path" || key === "linkpath" || key === "GNU.sparse.name" || key === "GNU.sparse.map";
  if (value === "" || (!isName && decimal(value) === undefined)) {
    throw damagedTar(`the extended header at byte ${start} has ${quoted(value.slice(0, 40))} as its ${key}.`);
  }
  return value;
}

/** @returns nothing for what is no whole number from 0 to 2^53-1 */
export function decimal(text: string): number | undefined {
  return /^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

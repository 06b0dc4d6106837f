import { inZip64, localSignature, readUInt64 } from "./bytes.js";
import { descriptorFlag, type Member } from "./member.js";
import { extraFields } from "./member-name.js";
import { damaged, quote, unsafe } from "./refusals.js";

export const localBytes = 30;
export const maxDescriptorBytes = 24;

const zip64Id = 0x0001;
const descriptorSignature = 0x0807_4b50;
/** How hard the deflating tried: said by some tools in one header only, and nobody needs it. */
const effortFlags = 0x6;

/**
 * Compares a member's local header with its record in the directory: tools that read from the front believe the one,
 * tools that read from the end the other.
 * @param bytes from the beginning of the header, all of it
 * @returns how many bytes the header takes
 * @throws BENTO_ARCHIVE_INVALID for a broken header or other sizes, BENTO_ARCHIVE_UNSAFE for another name
 */
export function checkLocalHeader(bytes: Buffer, member: Member): number {
  const { path } = member;
  if (bytes.length < localBytes || bytes.readUInt32LE(0) !== localSignature)
    throw damaged(`${quote(path)} does not begin where the directory says`);
  const nameEnd = localBytes + bytes.readUInt16LE(26);
  const end = nameEnd + bytes.readUInt16LE(28);
  if (end > bytes.length) throw damaged(`the header of ${quote(path)} is cut off`);
  const name = bytes.subarray(localBytes, nameEnd);
  if (!name.equals(member.name)) throw unsafe(`${quote(path)} is called ${quote(name.toString())} in its own header`);
  const flags = bytes.readUInt16LE(6);
  if ((flags & ~effortFlags) !== (member.flags & ~effortFlags)) throw damaged(`${quote(path)} has other flags in its own header`);
  if (bytes.readUInt16LE(8) !== member.method) throw damaged(`${quote(path)} has another compression in its own header`);
  checkSizes(bytes, bytes.subarray(nameEnd, end), member);
  return end;
}

function checkSizes(bytes: Buffer, extra: Buffer, member: Member): void {
  const fields = [...extraFields(extra)].filter(({ id }) => id === zip64Id);
  const zip64 = fields[0]?.data ?? Buffer.alloc(0);
  if (fields.length > 1) throw unsafe(`${quote(member.path)} has two zip64 fields`);
  let at = 0;
  const sizeAt = (position: number): number => {
    const value = bytes.readUInt32LE(position);
    if (value !== inZip64.long || zip64.length < at + 8) return value;
    at += 8;
    return readUInt64(zip64, at - 8);
  };
  const found = { size: sizeAt(22), packedBytes: sizeAt(18), crc: bytes.readUInt32LE(14) };
  // What is written before its end is known has nothing here; some tools come back and fill it in all the same.
  const isLater = (member.flags & descriptorFlag) !== 0;
  for (const key of ["size", "packedBytes", "crc"] as const) {
    if (found[key] === member[key] || (isLater && (found[key] === 0 || found[key] === inZip64.long))) continue;
    throw damaged(`${quote(member.path)} has another ${key === "crc" ? "checksum" : "size"} in its own header`);
  }
}

/**
 * Checks what stands between a member's data and the next member: its descriptor, in one of the four forms that are in
 * use, or nothing.
 * @throws BENTO_ARCHIVE_INVALID for anything else
 */
export function checkDescriptor(rest: Buffer, member: Member): void {
  const isEmpty = rest.length === 0;
  if ((member.flags & descriptorFlag) === 0) {
    if (isEmpty) return;
    throw damaged(`${rest.length} bytes behind ${quote(member.path)} belong to nothing that the directory lists`);
  }
  // Some tools mark empty members too, and write no descriptor for them.
  if (isEmpty && member.packedBytes === 0) return;
  const isSigned = rest.length % 8 === 0;
  const values = isSigned ? rest.subarray(4) : rest;
  if (isSigned && rest.length > 0 && rest.readUInt32LE(0) !== descriptorSignature) throw wrongDescriptor(member);
  if (values.length !== 12 && values.length !== 20) throw wrongDescriptor(member);
  const [packedBytes, size] =
    values.length === 12 ? [values.readUInt32LE(4), values.readUInt32LE(8)] : [readUInt64(values, 4), readUInt64(values, 12)];
  const isSame = values.readUInt32LE(0) === member.crc && packedBytes === member.packedBytes && size === member.size;
  if (!isSame) throw wrongDescriptor(member);
}

function wrongDescriptor(member: Member): Error {
  return damaged(`the sizes and checksum behind ${quote(member.path)} are not those of the directory`);
}

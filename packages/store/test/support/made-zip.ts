import { crc32, deflateRawSync } from "node:zlib";

/** The numbers of a local header or of a record of the directory; what is left out is told truly. */
interface Fields {
  readonly name?: string | Uint8Array;
  readonly flags?: number;
  readonly method?: number;
  readonly crc?: number;
  readonly packed?: number;
  readonly size?: number;
  readonly extra?: Uint8Array;
}

/** A member of a zip that a test makes by hand, with the lies that it wants. */
export interface MadeMember {
  readonly name: string | Uint8Array;
  readonly content?: Uint8Array | string;
  /** Deflated unless it says 0. */
  readonly method?: number;
  readonly flags?: number;
  /** As Unix has it, with the kind of file. */
  readonly mode?: number;
  /** Instead of the packed content. */
  readonly data?: Uint8Array;
  /** What stands behind the data. */
  readonly behind?: Uint8Array;
  readonly local?: Fields;
  readonly central?: Fields & { readonly offset?: number; readonly disk?: number };
}

/** The end record's numbers; what is left out is told truly. */
export interface MadeEnd {
  readonly disk?: number;
  readonly count?: number;
  readonly countHere?: number;
  readonly size?: number;
  readonly offset?: number;
  readonly comment?: Uint8Array;
  /** A zip64 end record, with these lies, and its locator. */
  readonly zip64?: {
    readonly count?: number;
    readonly size?: number;
    readonly offset?: number;
    readonly at?: number;
    readonly disks?: number;
  };
  /** Between the directory and the end record. */
  readonly gap?: Uint8Array;
}

/** A zip as a hostile hand makes it. */
export function madeZip(members: readonly MadeMember[], end: MadeEnd = {}): Buffer {
  const pieces: Buffer[] = [];
  const records: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const content = Buffer.from(member.content ?? "");
    const method = member.method ?? 8;
    const data = Buffer.from(member.data ?? (method === 8 ? deflateRawSync(content) : content));
    const truth = {
      name: member.name,
      flags: member.flags ?? 0,
      method,
      crc: crc32(content),
      packed: data.length,
      size: content.length,
      extra: new Uint8Array(0),
    };
    records.push(record({ ...truth, ...member.central }, member, member.central?.offset ?? offset));
    const piece = Buffer.concat([localHeader({ ...truth, ...member.local }), data, member.behind ?? new Uint8Array(0)]);
    pieces.push(piece);
    offset += piece.length;
  }
  const directory = Buffer.concat(records);
  const truth = { disk: 0, count: members.length, countHere: members.length, size: directory.length, offset, comment: new Uint8Array(0) };
  return Buffer.concat([...pieces, directory, end.gap ?? new Uint8Array(0), zip64End(truth, end), endRecord({ ...truth, ...end })]);
}

/** A zip64 field with these values. */
export function zip64Field(...values: readonly number[]): Buffer {
  const field = Buffer.alloc(4 + values.length * 8);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(values.length * 8, 2);
  for (const [index, value] of values.entries()) field.writeBigUInt64LE(BigInt(value), 4 + index * 8);
  return field;
}

/** A descriptor with a signature, or without, of 4 or 8 bytes a size. */
export function descriptor(
  content: string,
  packed: number,
  { isSigned = true, bytes = 4 }: { readonly isSigned?: boolean; readonly bytes?: 4 | 8 } = {},
): Buffer {
  const made = Buffer.alloc((isSigned ? 4 : 0) + 4 + 2 * bytes);
  let at = 0;
  if (isSigned) at = made.writeUInt32LE(0x0807_4b50, at);
  at = made.writeUInt32LE(crc32(content), at);
  for (const value of [packed, content.length]) at = bytes === 4 ? made.writeUInt32LE(value, at) : made.writeBigUInt64LE(BigInt(value), at);
  return made;
}

function localHeader(fields: Required<Fields>): Buffer {
  const name = Buffer.from(fields.name);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x0403_4b50, 0);
  header.writeUInt16LE(20, 4);
  writeFields(header, 6, fields);
  header.writeUInt16LE(name.length, 26);
  header.writeUInt16LE(fields.extra.length, 28);
  return Buffer.concat([header, name, fields.extra]);
}

function record(fields: Required<Fields>, { mode = 0o100644, central }: MadeMember, offset: number): Buffer {
  const name = Buffer.from(fields.name);
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x0201_4b50, 0);
  header.writeUInt16LE((3 << 8) | 20, 4);
  header.writeUInt16LE(20, 6);
  writeFields(header, 8, fields);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(fields.extra.length, 30);
  header.writeUInt16LE(central?.disk ?? 0, 34);
  header.writeUInt32LE((mode << 16) >>> 0, 38);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, name, fields.extra]);
}

function writeFields(header: Buffer, at: number, { flags, method, crc, packed, size }: Required<Fields>): void {
  header.writeUInt16LE(flags, at);
  header.writeUInt16LE(method, at + 2);
  header.writeUInt16LE(0x21, at + 6);
  header.writeUInt32LE(crc, at + 8);
  header.writeUInt32LE(packed, at + 12);
  header.writeUInt32LE(size, at + 16);
}

interface End {
  readonly disk: number;
  readonly count: number;
  readonly countHere: number;
  readonly size: number;
  readonly offset: number;
  readonly comment: Uint8Array;
}

function endRecord({ disk, count, countHere, size, offset, comment }: End): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(disk, 4);
  end.writeUInt16LE(disk, 6);
  end.writeUInt16LE(countHere, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([end, comment]);
}

function zip64End(truth: End, { zip64 }: MadeEnd): Buffer {
  if (zip64 === undefined) return Buffer.alloc(0);
  const { count, size, offset } = { ...truth, ...zip64 };
  const made = Buffer.alloc(56 + 20);
  made.writeUInt32LE(0x0606_4b50, 0);
  made.writeBigUInt64LE(44n, 4);
  made.writeBigUInt64LE(BigInt(count), 24);
  made.writeBigUInt64LE(BigInt(count), 32);
  made.writeBigUInt64LE(BigInt(size), 40);
  made.writeBigUInt64LE(BigInt(offset), 48);
  made.writeUInt32LE(0x0706_4b50, 56);
  made.writeBigUInt64LE(BigInt(zip64.at ?? truth.offset + truth.size), 64);
  made.writeUInt32LE(zip64.disks ?? 1, 72);
  return made;
}

import { crc32, deflateRawSync } from "node:zlib";

/** An entry of a zip, fields as they are to stand there. */
export interface RawZipEntry {
  readonly name: string | Uint8Array;
  /** The name in the local header, if it is to be another. */
  readonly localName?: string;
  readonly content?: Uint8Array | string;
  /** Unix mode with the type of file; default 0o100644. */
  readonly mode?: number;
  readonly stored?: boolean;
  /** The unpacked size in the directory, if it is to lie. */
  readonly size?: number;
  readonly extra?: Uint8Array;
  /** Where the directory says that the entry lies: that of another entry. */
  readonly sameAs?: number;
}

const utf8Flag = 0x800;

/** A zip made of exactly these entries, whatever they say. Its bytes are deterministic. */
export function rawZip(
  entries: readonly RawZipEntry[],
  { entryCount = entries.length }: { readonly entryCount?: number } = {},
): Uint8Array {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  const offsets: number[] = [];
  let offset = 0;
  for (const entry of entries) {
    const content = Buffer.from(entry.content ?? "");
    const packed = entry.stored ? content : deflateRawSync(content);
    const fields = { method: entry.stored ? 0 : 8, crc: crcOf(content), packed: packed.length, size: content.length };
    offsets.push(entry.sameAs === undefined ? offset : (offsets[entry.sameAs] as number));
    if (entry.sameAs === undefined) {
      const local = Buffer.concat([localHeader(entry, fields), packed]);
      locals.push(local);
      offset += local.length;
    }
    directory.push(directoryRecord(entry, { ...fields, size: entry.size ?? fields.size, offset: offsets.at(-1) as number }));
  }
  const records = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entryCount, 8);
  end.writeUInt16LE(entryCount, 10);
  end.writeUInt32LE(records.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, records, end]);
}

interface Fields {
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
}

function localHeader(entry: RawZipEntry, { method, crc, packed, size }: Fields): Buffer {
  const name = Buffer.from(entry.localName ?? entry.name);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(utf8Flag, 6);
  header.writeUInt16LE(method, 8);
  header.writeUInt16LE(0x21, 12);
  header.writeUInt32LE(crc, 14);
  header.writeUInt32LE(packed, 18);
  header.writeUInt32LE(size, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, name]);
}

function directoryRecord(entry: RawZipEntry, { method, crc, packed, size, offset }: Fields & { readonly offset: number }): Buffer {
  const name = Buffer.from(entry.name);
  const extra = Buffer.from(entry.extra ?? []);
  const record = Buffer.alloc(46);
  record.writeUInt32LE(0x02014b50, 0);
  record.writeUInt16LE((3 << 8) | 20, 4);
  record.writeUInt16LE(20, 6);
  record.writeUInt16LE(utf8Flag, 8);
  record.writeUInt16LE(method, 10);
  record.writeUInt16LE(0x21, 14);
  record.writeUInt32LE(crc, 16);
  record.writeUInt32LE(packed, 20);
  record.writeUInt32LE(size, 24);
  record.writeUInt16LE(name.length, 28);
  record.writeUInt16LE(extra.length, 30);
  record.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 38);
  record.writeUInt32LE(offset, 42);
  return Buffer.concat([record, name, extra]);
}

function crcOf(bytes: Uint8Array): number {
  return crc32(bytes);
}

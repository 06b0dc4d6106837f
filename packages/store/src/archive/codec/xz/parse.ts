import { crc32 } from "node:zlib";
import { checkBytes, dictionaryBytes, filterLzma2, footerMagic, streamMagic } from "./format.js";
import { damaged } from "../damage.js";

/** What the header of a block says. */
export interface BlockHeader {
  /** The header itself. */
  readonly bytes: Uint8Array;
  readonly compressed: number | undefined;
  readonly uncompressed: number | undefined;
  /** LZMA2 is the only filter. */
  readonly isPlain: boolean;
  /** Bytes that its decoder keeps of what it has decoded. */
  readonly dictionary: number;
}

/** @returns the number of the stream's check */
export function parseStreamHeader(bytes: Uint8Array): number {
  if (!startsWith(bytes, streamMagic)) throw damaged("The archive is not of the xz format.");
  const flags = bytes.subarray(6, 8);
  if (crc32(flags) !== read32(bytes, 8)) throw damaged("The xz archive is corrupted: the checksum of its header does not fit.");
  return parseFlags(flags);
}

function parseFlags(flags: Uint8Array): number {
  const [first = 0, check = 0] = flags;
  if (first !== 0 || check > 0x0f) throw damaged("The xz archive needs a newer version of the format than is known here.");
  if (!checkBytes.has(check)) throw damaged(`The xz archive is protected by check ${check}, which is unknown here.`);
  return check;
}

/** Compares the footer of a stream with its header and with its index. */
export function parseStreamFooter(bytes: Uint8Array, check: number, indexBytes: number): void {
  const body = bytes.subarray(4, 10);
  if (!startsWith(bytes.subarray(10), footerMagic) || crc32(body) !== read32(bytes, 0)) {
    throw damaged("The xz archive is corrupted: the end of a stream does not fit.");
  }
  if ((read32(body, 0) + 1) * 4 !== indexBytes || parseFlags(body.subarray(4)) !== check) {
    throw damaged("The xz archive is corrupted: the end of a stream does not fit its start.");
  }
}

/** The header of a block, with its checksum. */
export function parseBlockHeader(bytes: Uint8Array): BlockHeader {
  const end = bytes.length - 4;
  if (crc32(bytes.subarray(0, end)) !== read32(bytes, end)) {
    throw damaged("The xz archive is corrupted: the checksum of a block's header does not fit.");
  }
  const fields = new Fields(bytes, 1, end);
  const flags = fields.byte();
  if ((flags & 0x3c) !== 0) throw damaged("The xz archive needs a newer version of the format than is known here.");
  const compressed = (flags & 0x40) === 0 ? undefined : fields.number();
  const uncompressed = (flags & 0x80) === 0 ? undefined : fields.number();
  if (compressed === 0) throw damaged("The xz archive is corrupted: a block of it has no content.");
  const filters = (flags & 3) + 1;
  let dictionary: number | undefined;
  for (let filter = 0; filter < filters; filter += 1) {
    const id = fields.number();
    const properties = fields.bytes(fields.number());
    if (id === filterLzma2 && filter === filters - 1) dictionary = parseDictionary(properties);
  }
  if (dictionary === undefined) throw damaged("The xz archive uses a filter that is unknown here.");
  fields.zeros();
  return { bytes, compressed, uncompressed, isPlain: filters === 1, dictionary };
}

function parseDictionary(properties: Uint8Array): number {
  const [code = 0] = properties;
  if (properties.length !== 1 || code > 40) throw damaged("The xz archive is corrupted: a block of it names no size for its dictionary.");
  return dictionaryBytes(code);
}

/** Reads fields one after the other up to an end. */
class Fields {
  readonly #source: Uint8Array;
  #at: number;
  readonly #end: number;

  constructor(source: Uint8Array, start: number, end: number) {
    this.#source = source;
    this.#at = start;
    this.#end = end;
  }

  byte(): number {
    if (this.#at >= this.#end) throw damaged("The xz archive is corrupted: the header of a block ends in the middle.");
    return this.#source[this.#at++] as number;
  }

  number(): number {
    return parseNumber(() => this.byte());
  }

  bytes(count: number): Uint8Array {
    if (count > this.#end - this.#at) throw damaged("The xz archive is corrupted: the header of a block ends in the middle.");
    this.#at += count;
    return this.#source.subarray(this.#at - count, this.#at);
  }

  zeros(): void {
    if (this.#source.subarray(this.#at, this.#end).some((byte) => byte !== 0)) {
      throw damaged("The xz archive needs a newer version of the format than is known here.");
    }
  }
}

/** A number in the format's own form, in its shortest writing. Larger ones than JavaScript can count are sizes of nothing that exists. */
export function parseNumber(next: () => number): number {
  let value = 0;
  for (let scale = 1; ; scale *= 0x80) {
    const byte = next();
    value += (byte & 0x7f) * scale;
    if (value > Number.MAX_SAFE_INTEGER || scale > Number.MAX_SAFE_INTEGER || (byte === 0 && scale > 1))
      throw damaged("The xz archive is corrupted: a size in it is out of bounds.");
    if (byte < 0x80) return value;
  }
}

export function read32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(at, true);
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.every((byte, index) => bytes[index] === byte);
}

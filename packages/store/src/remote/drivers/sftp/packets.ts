/** Kinds of packets. @source draft-ietf-secsh-filexfer-02 (version 3), PROTOCOL of OpenSSH */
export const packetKinds = {
  init: 1,
  version: 2,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  lstat: 7,
  fstat: 8,
  opendir: 11,
  readdir: 12,
  remove: 13,
  mkdir: 14,
  rmdir: 15,
  realpath: 16,
  stat: 17,
  rename: 18,
  status: 101,
  handle: 102,
  data: 103,
  name: 104,
  attrs: 105,
  extended: 200,
  extendedReply: 201,
} as const;

/** How a request ended. */
export const statusCodes = {
  ok: 0,
  endOfFile: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  badMessage: 5,
  noConnection: 6,
  connectionLost: 7,
  unsupported: 8,
} as const;

/** What is known of a file. Each is `undefined` where the server does not tell. */
export interface Attributes {
  readonly size: number | undefined;
  /** Kind and rights, as `st_mode` of POSIX. */
  readonly mode: number | undefined;
  /** When it was changed, in seconds. */
  readonly mtime: number | undefined;
}

/** A field of a request: a number of 32 bits, one of 64, or bytes with their length before them. */
export type Field = number | bigint | string | Uint8Array;

/** A whole request, ready to be sent. */
export function packRequest(kind: number, id: number, fields: readonly Field[]): Buffer {
  const packed = fields.map(packField);
  const length = packed.reduce((total, bytes) => total + bytes.length, 5);
  const head = Buffer.allocUnsafe(9);
  head.writeUInt32BE(length, 0);
  head[4] = kind;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, ...packed]);
}

function packField(field: Field): Buffer {
  if (typeof field === "number") {
    const bytes = Buffer.allocUnsafe(4);
    bytes.writeUInt32BE(field, 0);
    return bytes;
  }
  if (typeof field === "bigint") {
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeBigUInt64BE(field, 0);
    return bytes;
  }
  const text = typeof field === "string" ? Buffer.from(field) : field;
  return Buffer.concat([packField(text.length), text]);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Takes the fields of an answer one after the other. @throws RangeError where the packet ends before them */
export class Fields {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  u32(): number {
    this.#at += 4;
    return this.#bytes.readUInt32BE(this.#at - 4);
  }

  u64(): bigint {
    this.#at += 8;
    return this.#bytes.readBigUInt64BE(this.#at - 8);
  }

  bytes(): Buffer {
    const length = this.u32();
    if (length > this.#bytes.length - this.#at) throw new RangeError("A packet ends before its fields.");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** Text for people. */
  text(): string {
    return this.bytes().toString();
  }

  /** A name of a file; `undefined` if it is not UTF-8 and cannot be said in JavaScript. */
  name(): string | undefined {
    const bytes = this.bytes();
    try {
      return utf8.decode(bytes);
    } catch {
      return undefined;
    }
  }

  attributes(): Attributes {
    const flags = this.u32();
    const size = flags & 1 ? Number(this.u64()) : undefined;
    if (flags & 2) this.#at += 8;
    const mode = flags & 4 ? this.u32() : undefined;
    const times = flags & 8 ? [this.u32(), this.u32()] : [];
    if (flags & 0x80000000) for (let left = this.u32(); left > 0; left -= 1) void (this.bytes(), this.bytes());
    return { size, mode, mtime: times[1] };
  }

  /** Whether there are no more. */
  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }
}

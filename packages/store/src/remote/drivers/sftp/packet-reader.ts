import { packetKinds } from "./packets.js";

/** Larger packets are none: servers answer with 256 KiB at most. What a shell prints before the server speaks looks like a huge one. */
const largestPacket = 1024 * 1024;

/** Who wants to know what a server says. */
export interface PacketSink {
  /** A whole packet: its kind, and what follows the kind. */
  onPacket(kind: number, body: Buffer): void;
  /** A piece of what a read brings. It is the sink's. */
  onData(id: number, piece: Buffer): void;
  /** All pieces of a read's answer have come. */
  onDataEnd(id: number): void;
}

/** Cuts a stream into packets. The data of reads, which is most of it, is handed on as it comes and never copied. */
export class PacketReader {
  readonly #sink: PacketSink;
  readonly #head = Buffer.alloc(13);
  #headBytes = 0;
  #headNeeds = 5;
  #body: Buffer | undefined;
  #bodyBytes = 0;
  #dataId = 0;
  #dataLeft = 0;

  constructor(sink: PacketSink) {
    this.#sink = sink;
  }

  /** @throws Error for what is no packet */
  push(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#dataLeft > 0) at += this.#takeData(bytes, at);
      else if (this.#body !== undefined) at += this.#takeBody(this.#body, bytes, at);
      else at += this.#takeHead(bytes, at);
    }
  }

  #takeHead(bytes: Buffer, at: number): number {
    const taken = Math.min(this.#headNeeds - this.#headBytes, bytes.length - at);
    bytes.copy(this.#head, this.#headBytes, at, at + taken);
    this.#headBytes += taken;
    if (this.#headBytes < this.#headNeeds) return taken;
    const length = this.#head.readUInt32BE(0);
    const isData = this.#head[4] === packetKinds.data;
    if (this.#headBytes === 5) {
      if (length < (isData ? 9 : 5) || length > largestPacket) throw new Error(notSftp(this.#head.subarray(0, 5)));
      if (isData) this.#headNeeds = 13;
      else this.#body = Buffer.allocUnsafe(length - 1);
      return taken;
    }
    this.#dataId = this.#head.readUInt32BE(5);
    this.#dataLeft = this.#head.readUInt32BE(9);
    if (this.#dataLeft !== length - 9) throw new Error("An answer with data says two different lengths.");
    this.#endHead();
    if (this.#dataLeft === 0) this.#sink.onDataEnd(this.#dataId);
    return taken;
  }

  #takeData(bytes: Buffer, at: number): number {
    const taken = Math.min(this.#dataLeft, bytes.length - at);
    this.#dataLeft -= taken;
    this.#sink.onData(this.#dataId, bytes.subarray(at, at + taken));
    if (this.#dataLeft === 0) this.#sink.onDataEnd(this.#dataId);
    return taken;
  }

  #takeBody(body: Buffer, bytes: Buffer, at: number): number {
    const taken = Math.min(body.length - this.#bodyBytes, bytes.length - at);
    bytes.copy(body, this.#bodyBytes, at, at + taken);
    this.#bodyBytes += taken;
    if (this.#bodyBytes < body.length) return taken;
    const kind = this.#head[4] as number;
    this.#body = undefined;
    this.#bodyBytes = 0;
    this.#endHead();
    this.#sink.onPacket(kind, body);
    return taken;
  }

  #endHead(): void {
    this.#headBytes = 0;
    this.#headNeeds = 5;
  }
}

function notSftp(start: Buffer): string {
  const isText = start.every((byte) => byte >= 0x20 && byte < 0x7f);
  return `the server does not speak SFTP${isText ? `, but says ${JSON.stringify(`${String(start)}...`)}: perhaps a start-up file of its shell prints something` : ""}`;
}

import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { gatherWrites } from "./gather-writes.js";
import { PacketReader } from "./packet-reader.js";
import { Fields, packetKinds, packRequest, statusCodes, type Field } from "./packets.js";

/** What a session lives on: a channel to the server's SFTP, and the connection that the channel is in. */
export interface SftpLine {
  readonly channel: Duplex;
  readonly socket: Pick<Socket, "ref" | "unref" | "cork" | "uncork" | "bytesWritten" | "writableLength">;
}

/** What the server answered with, other than what was asked for. */
export class SftpStatus extends Error {
  /** One of `statusCodes`, or another that the server made up. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "SftpStatus";
    this.status = status;
  }
}

/** The connection is gone, or of no use any more. */
export class SftpBroken extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SftpBroken";
  }
}

/** An answer: its fields, or for a read the bytes. */
export interface Answer {
  readonly kind: number;
  readonly fields: Fields;
  readonly pieces: readonly Uint8Array[];
}

interface Waiting {
  readonly pieces: Uint8Array[];
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** Bytes that must have gone out in the meantime where a server that does not answer is still taken for alive: it is a slow upload. */
const aliveBytes = 64 * 1024;
const nothing = new Fields(Buffer.alloc(0));

/**
 * Requests to a server, any number at once, and its answers. It is broken from the first thing on that is not as it
 * should be, which all waiting requests are told, and stays so.
 */
export class SftpSession {
  /** What the server can do beyond version 3, and in which form. */
  extensions: ReadonlyMap<string, string> = new Map();
  readonly #line: SftpLine;
  readonly #idleMs: number;
  readonly #waiting = new Map<number, Waiting>();
  readonly #reader = new PacketReader({
    onPacket: (kind, body) => this.#answered(kind, body),
    onData: (id, piece) => this.#waitingFor(id).pieces.push(piece),
    onDataEnd: (id) => this.#settle(id, { kind: packetKinds.data, fields: nothing, pieces: this.#waitingFor(id).pieces }),
  });
  #timer: NodeJS.Timeout | undefined;
  #sentBefore = 0;
  #lastId = 0;
  #broken: SftpBroken | undefined;

  private constructor(line: SftpLine, idleMs: number) {
    this.#line = line;
    this.#idleMs = idleMs;
    line.channel.on("data", (bytes: Buffer) => this.#received(bytes));
    line.channel.on("error", (error: Error) => this.break(new SftpBroken(error.message, { cause: error })));
    for (const event of ["end", "close"]) line.channel.on(event, () => this.break(new SftpBroken("the server closed the connection")));
  }

  /** Agrees on the version. @throws SftpBroken */
  static async begin(line: SftpLine, idleMs: number): Promise<SftpSession> {
    const session = new SftpSession(line, idleMs);
    const { fields } = await session.#send(0, Buffer.from([0, 0, 0, 5, packetKinds.init, 0, 0, 0, 3]));
    const extensions = new Map<string, string>();
    while (!fields.isAtEnd) extensions.set(fields.text(), fields.text());
    session.extensions = extensions;
    return session;
  }

  /** Why it is of no use any more. */
  get broken(): SftpBroken | undefined {
    return this.#broken;
  }

  /** Asks for something. @throws SftpStatus for what the server refuses; SftpBroken */
  async ask(kind: number, ...fields: readonly Field[]): Promise<Answer> {
    const id = this.nextId();
    return this.askPacked(id, packRequest(kind, id, fields));
  }

  /** Asks for something that is packed already. The bytes are this session's until the answer is there. */
  async askPacked(id: number, packet: Uint8Array): Promise<Answer> {
    const answer = await this.#send(id, packet);
    if (answer.kind !== packetKinds.status) return answer;
    const status = answer.fields.u32();
    if (status === statusCodes.ok) return answer;
    // Servers of old leave the text out.
    throw new SftpStatus(status, answer.fields.isAtEnd ? "" : answer.fields.text());
  }

  nextId(): number {
    this.#lastId = this.#lastId === 0xffff_ffff ? 1 : this.#lastId + 1;
    return this.#lastId;
  }

  /** Ends all that is waiting. */
  break(error: SftpBroken): void {
    if (this.#broken !== undefined) return;
    this.#broken = error;
    clearTimeout(this.#timer);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#line.channel.destroy();
  }

  #send(id: number, packet: Uint8Array): Promise<Answer> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    return new Promise((resolve, reject) => {
      if (this.#waiting.size === 0) this.#beginWaiting();
      this.#waiting.set(id, { pieces: [], resolve, reject });
      gatherWrites(this.#line.socket);
      this.#line.channel.write(packet);
    });
  }

  #received(bytes: Buffer): void {
    this.#timer?.refresh();
    try {
      this.#reader.push(bytes);
    } catch (error) {
      this.break(new SftpBroken(error instanceof Error ? error.message : String(error), { cause: error }));
    }
  }

  #answered(kind: number, body: Buffer): void {
    const fields = new Fields(body);
    const number = fields.u32();
    if (kind !== packetKinds.version) return this.#settle(number, { kind, fields, pieces: [] });
    if (number !== 3) throw new Error(`the server speaks version ${number} of SFTP; wanted is 3`);
    this.#settle(0, { kind, fields, pieces: [] });
  }

  #waitingFor(id: number): Waiting {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) throw new Error("the server answered what nobody asked");
    return waiting;
  }

  #settle(id: number, answer: Answer): void {
    const { resolve } = this.#waitingFor(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#endWaiting();
    resolve(answer);
  }

  /** Only while an answer is awaited does the connection keep the process alive, and must not be silent. */
  #beginWaiting(): void {
    this.#line.socket.ref();
    this.#sentBefore = this.#sent();
    this.#timer = setTimeout(() => this.#wasSilent(), this.#idleMs);
  }

  #endWaiting(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#line.socket.unref();
  }

  #wasSilent(): void {
    const sent = this.#sent();
    if (sent - this.#sentBefore < aliveBytes) return this.break(new SftpBroken(`the server was silent for ${this.#idleMs / 1000} s`));
    this.#sentBefore = sent;
    this.#timer?.refresh();
  }

  #sent(): number {
    return this.#line.socket.bytesWritten - this.#line.socket.writableLength;
  }
}

import { type Fields, packetKinds, statusCodes, type Attributes } from "./packets.js";
import { SftpBroken, SftpSession, SftpStatus, type Answer, type SftpLine } from "./sftp-session.js";

/** How a file is opened. @source draft-ietf-secsh-filexfer-02 6.3 */
export const openFlags = { read: 1, write: 2, create: 8, truncate: 16, exclusive: 32 } as const;

/** Most bytes that any server takes in one request, where it does not tell. @source draft-ietf-secsh-filexfer-02 3 */
const safeBytes = 32 * 1024;
/** More brings nothing, and OpenSSH takes no more. */
const mostBytes = 255 * 1024;
/** No attributes are given to what is made: the server's own rules decide. */
const noAttributes = 0;

/** What stands in a folder. */
export interface FolderItem {
  /** `undefined` if it is no UTF-8. */
  readonly name: string | undefined;
  readonly attributes: Attributes;
}

/** The requests of SFTP, one function for each. They throw SftpStatus for what the server refuses, and SftpBroken. */
export class SftpClient {
  /** Bytes that one request may read, and write. */
  readonly readBytes: number;
  readonly writeBytes: number;
  readonly #session: SftpSession;

  private constructor(session: SftpSession, limits: { readonly read: number; readonly write: number }) {
    this.#session = session;
    this.readBytes = limits.read;
    this.writeBytes = limits.write;
  }

  static async begin(line: SftpLine, idleMs: number): Promise<SftpClient> {
    const session = await SftpSession.begin(line, idleMs);
    return new SftpClient(session, await limitsOf(session));
  }

  /** Why it is of no use any more. */
  get broken(): SftpBroken | undefined {
    return this.#session.broken;
  }

  /** Ends all that is waiting. */
  break(error: SftpBroken): void {
    this.#session.break(error);
  }

  /** @returns the handle */
  async open(path: string, flags: number): Promise<Uint8Array> {
    return handleOf(await this.#session.ask(packetKinds.open, path, flags, noAttributes));
  }

  async openFolder(path: string): Promise<Uint8Array> {
    return handleOf(await this.#session.ask(packetKinds.opendir, path));
  }

  async close(handle: Uint8Array): Promise<void> {
    await this.#session.ask(packetKinds.close, handle);
  }

  /** @returns at least one byte, perhaps fewer than were asked for; nothing at the file's end */
  async read(handle: Uint8Array, offset: number, length: number): Promise<readonly Uint8Array[]> {
    const answer = await this.#orAtEnd(this.#session.ask(packetKinds.read, handle, BigInt(offset), length));
    if (answer !== undefined && bytesOf(answer.pieces) > length) throw new SftpBroken("the server sent more than it was asked for");
    return answer?.pieces ?? [];
  }

  /** Room for a write to a handle. */
  writePacket(handle: Uint8Array): WritePacket {
    return new WritePacket(handle, this.writeBytes);
  }

  /** The packet belongs to the session until this is through. */
  async write(packet: WritePacket, offset: number): Promise<void> {
    const id = this.#session.nextId();
    await this.#session.askPacked(id, packet.finish(id, offset));
  }

  /** Makes sure that what was written stays, where the server can. */
  async sync(handle: Uint8Array): Promise<void> {
    if (this.#session.extensions.has("fsync@openssh.com")) await this.#session.ask(packetKinds.extended, "fsync@openssh.com", handle);
  }

  /** @returns `undefined` where nothing is */
  async stat(path: string, { followLinks }: { readonly followLinks: boolean }): Promise<Attributes | undefined> {
    try {
      return attributesOf(await this.#session.ask(followLinks ? packetKinds.stat : packetKinds.lstat, path));
    } catch (error) {
      if (isStatus(error, statusCodes.noSuchFile)) return undefined;
      throw error;
    }
  }

  async statOpen(handle: Uint8Array): Promise<Attributes> {
    return attributesOf(await this.#session.ask(packetKinds.fstat, handle));
  }

  /** @returns some of what is in the folder; `undefined` when all was told */
  async readFolder(handle: Uint8Array): Promise<readonly FolderItem[] | undefined> {
    const answer = await this.#orAtEnd(this.#session.ask(packetKinds.readdir, handle));
    if (answer === undefined) return undefined;
    const fields = fieldsOf(answer, packetKinds.name);
    const items: FolderItem[] = [];
    for (let left = fields.u32(); left > 0; left -= 1) {
      const name = fields.name();
      // The line that `ls -l` would show.
      fields.bytes();
      items.push({ name, attributes: fields.attributes() });
    }
    return items;
  }

  async makeFolder(path: string): Promise<void> {
    await this.#session.ask(packetKinds.mkdir, path, noAttributes);
  }

  async removeFile(path: string): Promise<void> {
    await this.#session.ask(packetKinds.remove, path);
  }

  async removeFolder(path: string): Promise<void> {
    await this.#session.ask(packetKinds.rmdir, path);
  }

  /** In one step, also over a file that is there, where the server can; else what is there is removed first. */
  async rename(from: string, to: string): Promise<void> {
    if (this.#session.extensions.has("posix-rename@openssh.com")) {
      await this.#session.ask(packetKinds.extended, "posix-rename@openssh.com", from, to);
      return;
    }
    try {
      await this.#session.ask(packetKinds.rename, from, to);
    } catch (error) {
      if (!(error instanceof SftpStatus) || (await this.stat(to, { followLinks: false })) === undefined) throw error;
      await this.removeFile(to);
      await this.#session.ask(packetKinds.rename, from, to);
    }
  }

  async #orAtEnd(answer: Promise<Answer>): Promise<Answer | undefined> {
    try {
      return await answer;
    } catch (error) {
      if (isStatus(error, statusCodes.endOfFile)) return undefined;
      throw error;
    }
  }
}

/** A request to write, which is filled with bytes of any origin and can be used again after its answer. */
export class WritePacket {
  readonly #bytes: Buffer;
  readonly #start: number;
  #end: number;

  constructor(handle: Uint8Array, writeBytes: number) {
    this.#start = 4 + 1 + 4 + 4 + handle.length + 8 + 4;
    this.#end = this.#start;
    this.#bytes = Buffer.allocUnsafeSlow(this.#start + writeBytes);
    this.#bytes[4] = packetKinds.write;
    this.#bytes.writeUInt32BE(handle.length, 9);
    this.#bytes.set(handle, 13);
  }

  /** Bytes in it. */
  get length(): number {
    return this.#end - this.#start;
  }

  get isFull(): boolean {
    return this.#end === this.#bytes.length;
  }

  clear(): void {
    this.#end = this.#start;
  }

  /** Takes what it has room for. @returns how many bytes it took */
  fill(bytes: Uint8Array): number {
    const taken = bytes.subarray(0, this.#bytes.length - this.#end);
    this.#bytes.set(taken, this.#end);
    this.#end += taken.length;
    return taken.length;
  }

  /** The whole request. */
  finish(id: number, offset: number): Buffer {
    this.#bytes.writeUInt32BE(this.#end - 4, 0);
    this.#bytes.writeUInt32BE(id, 5);
    this.#bytes.writeBigUInt64BE(BigInt(offset), this.#start - 12);
    this.#bytes.writeUInt32BE(this.length, this.#start - 4);
    return this.#bytes.subarray(0, this.#end);
  }
}

/** Bytes of several pieces together. */
export function bytesOf(pieces: readonly Uint8Array[]): number {
  let total = 0;
  for (const { length } of pieces) total += length;
  return total;
}

/** Whether a server answered with this code. */
export function isStatus(error: unknown, status: number): boolean {
  return error instanceof SftpStatus && error.status === status;
}

/** What the server says of its own limits; 0 of them stands for none. @source PROTOCOL of OpenSSH 4.8 */
async function limitsOf(session: SftpSession): Promise<{ readonly read: number; readonly write: number }> {
  if (!session.extensions.has("limits@openssh.com")) return { read: safeBytes, write: safeBytes };
  const fields = fieldsOf(await session.ask(packetKinds.extended, "limits@openssh.com"), packetKinds.extendedReply);
  fields.u64();
  const [read, write] = [Number(fields.u64()), Number(fields.u64())];
  return { read: Math.min(read || safeBytes, mostBytes), write: Math.min(write || safeBytes, mostBytes) };
}

function handleOf(answer: Answer): Uint8Array {
  return fieldsOf(answer, packetKinds.handle).bytes();
}

function attributesOf(answer: Answer): Attributes {
  return fieldsOf(answer, packetKinds.attrs).attributes();
}

function fieldsOf({ kind, fields }: Answer, wanted: number): Fields {
  if (kind !== wanted) throw new SftpBroken(`the server answered with a packet of kind ${kind} in place of ${wanted}`);
  return fields;
}

import { type Duplex, duplexPair } from "node:stream";
import { PacketReader } from "../../src/remote/drivers/sftp/packet-reader.js";
import { Fields, packetKinds, packRequest, statusCodes, type Field } from "../../src/remote/drivers/sftp/packets.js";
import type { SftpLine } from "../../src/remote/drivers/sftp/sftp-session.js";

/** A request, as a test sees it. */
export interface Asked {
  readonly kind: number;
  readonly id: number;
  readonly fields: Fields;
}

/** What a test wants to be answered: `undefined` for what an ordinary server would. */
type Script = (asked: Asked, server: OddSftp) => Buffer | "nothing" | undefined;

/** How a server is odd. */
export interface OddSftpOptions {
  readonly script?: Script | undefined;
  /** Shared by several connections. Default: none. */
  readonly files?: Map<string, Buffer> | undefined;
  readonly version?: number | undefined;
}

/**
 * Speaks SFTP, without any extension, about files in memory, but for what a test wants otherwise: for servers that no
 * real one is.
 */
export class OddSftp {
  readonly line: SftpLine;
  readonly files: Map<string, Buffer>;
  readonly asked: Asked[] = [];
  /** When all files were changed. */
  time = 1;
  readonly #end: Duplex;
  readonly #script: Script;
  readonly #version: number;

  constructor({ script = () => undefined, files = new Map<string, Buffer>(), version = 3 }: OddSftpOptions = {}) {
    const [channel, end] = duplexPair();
    this.line = { channel, socket: { ref() {}, unref() {}, cork() {}, uncork() {}, bytesWritten: 0, writableLength: 0 } as unknown as SftpLine["socket"] }; // prettier-ignore
    this.files = files;
    this.#end = end;
    this.#script = script;
    this.#version = version;
    const reader = new PacketReader({
      onPacket: (kind, body) => this.#take(kind, body),
      onData: () => {},
      onDataEnd: () => {},
    });
    end.on("data", (bytes: Buffer) => reader.push(bytes));
    end.on("error", () => {});
  }

  /** Sends bytes as they are. */
  send(bytes: Buffer | string): void {
    if (this.#end.writable) this.#end.write(bytes);
  }

  /** As when the network breaks: what was answered before arrives, and nothing after it. */
  break(): void {
    this.#end.end();
  }

  /** What an ordinary server would answer. */
  ordinary({ kind, id, fields }: Asked): Buffer {
    switch (kind) {
      case packetKinds.open: {
        const [path, flags] = [fields.text(), fields.u32()];
        if (!this.files.has(path) && (flags & 8) === 0) return status(id, statusCodes.noSuchFile);
        if (!this.files.has(path)) this.files.set(path, Buffer.alloc(0));
        return packRequest(packetKinds.handle, id, [path]);
      }
      case packetKinds.read: {
        const [path, at, length] = [fields.text(), Number(fields.u64()), fields.u32()];
        const part = this.#file(path).subarray(at, at + length);
        return part.length === 0 ? status(id, statusCodes.endOfFile) : packRequest(packetKinds.data, id, [part]);
      }
      case packetKinds.write: {
        const [path, at, bytes] = [fields.text(), Number(fields.u64()), fields.bytes()];
        const file = Buffer.alloc(Math.max(this.#file(path).length, at + bytes.length));
        this.#file(path).copy(file);
        bytes.copy(file, at);
        this.files.set(path, file);
        return status(id, statusCodes.ok);
      }
      case packetKinds.stat:
      case packetKinds.lstat:
      case packetKinds.fstat: {
        const file = this.files.get(fields.text());
        return file === undefined
          ? status(id, statusCodes.noSuchFile)
          : packRequest(packetKinds.attrs, id, [1 | 4 | 8, BigInt(file.length), 0o100_644, this.time, this.time]);
      }
      case packetKinds.rename: {
        const [from, to] = [fields.text(), fields.text()];
        if (this.files.has(to)) return status(id, statusCodes.failure);
        this.files.set(to, this.#file(from));
        this.files.delete(from);
        return status(id, statusCodes.ok);
      }
      case packetKinds.remove:
        return status(id, this.files.delete(fields.text()) ? statusCodes.ok : statusCodes.noSuchFile);
      case packetKinds.opendir:
        return packRequest(packetKinds.handle, id, [fields.text()]);
      case packetKinds.readdir:
        return status(id, statusCodes.endOfFile);
      default:
        return status(id, statusCodes.ok);
    }
  }

  #take(kind: number, body: Buffer): void {
    const fields = new Fields(body);
    const id = fields.u32();
    if (kind === packetKinds.init) return this.send(packRequest(packetKinds.version, this.#version, []));
    const asked = { kind, id, fields };
    this.asked.push(asked);
    const answer = this.#script(asked, this) ?? this.ordinary(asked);
    if (answer !== "nothing") this.send(answer);
  }

  #file(path: string): Buffer {
    return this.files.get(path) ?? Buffer.alloc(0);
  }
}

/** An answer that says how a request ended. */
export function status(id: number, code: number, message = "as you like it"): Buffer {
  return packRequest(packetKinds.status, id, [code, message, "en"]);
}

/** An answer with names of a folder, each that of a file with five bytes. */
export function names(id: number, all: readonly (string | Uint8Array)[]): Buffer {
  const attributes: readonly Field[] = [1 | 4, 5n, 0o100_644];
  return packRequest(packetKinds.name, id, [all.length, ...all.flatMap((name) => [name, "as ls -l shows it", ...attributes])]);
}

import { BentoError } from "@bento/core";
import { open, type FileHandle } from "node:fs/promises";
import { transferFailure } from "../../transfer/transfer-failure.js";
import { checkSignal } from "../../store/cancellation.js";
import { ChunkMemory } from "../../transfer/chunk-memory.js";
import type { RandomAccess } from "../container/container.js";
import type { ByteSource } from "./byte-source.js";

const chunkBytes = 1024 * 1024;

/** A file on disk, held open so that it stays the same file. */
export class FileSource implements ByteSource, RandomAccess {
  readonly kind = "bytes";
  readonly path: string;
  readonly size: number;
  readonly #file: FileHandle;
  readonly #signal: AbortSignal;

  private constructor(path: string, file: FileHandle, size: number, signal: AbortSignal) {
    this.path = path;
    this.size = size;
    this.#file = file;
    this.#signal = signal;
  }

  /** @throws BENTO_TRANSFER_FAILED */
  static async open(path: string, signal: AbortSignal): Promise<FileSource> {
    try {
      const file = await open(path, "r");
      return await FileSource.of(path, file, signal);
    } catch (error) {
      throw transferFailure(error, "read", path);
    }
  }

  /** The same for a file that is open; it is closed with the source. */
  static async of(path: string, file: FileHandle, signal: AbortSignal): Promise<FileSource> {
    try {
      return new FileSource(path, file, (await file.stat()).size, signal);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get name(): string {
    return JSON.stringify(this.path);
  }

  async head(count: number): Promise<Uint8Array> {
    return this.read(0, count);
  }

  async random(): Promise<RandomAccess> {
    return this;
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    return this.#fill(Buffer.allocUnsafeSlow(Math.max(Math.min(end, this.size) - start, 0)), start);
  }

  /** Reads as much as there is room for. */
  async #fill(bytes: Uint8Array, start: number): Promise<Uint8Array> {
    checkSignal(this.#signal, `Reading ${this.name}`);
    let filled = 0;
    try {
      while (filled < bytes.length) {
        const { bytesRead } = await this.#file.read(bytes, filled, bytes.length - filled, start + filled);
        if (bytesRead === 0) throw this.#cutOff();
        filled += bytesRead;
      }
    } catch (error) {
      throw transferFailure(error, "read", this.path);
    }
    return new Uint8Array(bytes.buffer);
  }

  /** Reads one chunk ahead of its taker. */
  async *stream(start = 0, end = this.size): AsyncGenerator<Uint8Array, void> {
    const last = Math.min(end, this.size);
    using memory = new ChunkMemory(chunkBytes);
    const readAt = async (position: number): Promise<Uint8Array> =>
      this.#fill(memory.take(Math.min(chunkBytes, last - position)), position);
    let next: Promise<Uint8Array> | undefined;
    try {
      for (let position = start; position < last; position += chunkBytes) {
        const chunk = await (next ?? readAt(position));
        next = position + chunkBytes < last ? readAt(position + chunkBytes) : undefined;
        next?.catch(() => {});
        yield chunk;
      }
    } finally {
      await next?.catch(() => {});
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  #cutOff(): BentoError {
    return new BentoError("BENTO_TRANSFER_FAILED", `${this.name} became shorter while it was read.`);
  }
}

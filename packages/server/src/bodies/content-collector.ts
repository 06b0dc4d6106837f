import { BodyCollector } from "../http/body-limit.js";
import type { Spool } from "./spool.js";
import type { SpoolWriter } from "./spool-writer.js";
import type { Content } from "./upload.js";

/** Bytes that a file may have in memory; larger ones go to disk. */
const maxFileBytesInMemory = 1024 * 1024;

/** Bytes that the files of one request may have in memory together. */
export class FileMemory {
  left = 8 * maxFileBytesInMemory;
}

/** Collects one content as it comes: in memory as long as it is small, then in a file, where it may be in one. */
export class ContentCollector {
  readonly #inMemory: BodyCollector;
  readonly #disk: { readonly spool: Spool; readonly memory: FileMemory; readonly filename: string | undefined } | undefined;
  #size = 0;
  #writer: SpoolWriter | undefined;

  /**
   * @param maxBytes it must not have more
   * @param disk where it goes when it is too large for memory; without, it stays in memory
   */
  constructor(maxBytes: number, disk?: { readonly spool: Spool; readonly memory: FileMemory; readonly filename: string | undefined }) {
    this.#inMemory = new BodyCollector(maxBytes);
    this.#disk = disk;
  }

  /** Takes the next bytes; `false` when there are too many. @throws what `Spool.take` throws */
  add(bytes: Uint8Array): boolean {
    this.#size += bytes.byteLength;
    if (this.#writer !== undefined) {
      this.#writer.write(bytes);
      return true;
    }
    if (this.#disk === undefined || this.#fits(this.#disk.memory, bytes.byteLength)) return this.#inMemory.add(bytes);
    this.#writer = this.#disk.spool.create(this.#disk.filename);
    const before = this.#inMemory.take();
    this.#disk.memory.left += before.byteLength;
    this.#writer.write(before);
    this.#writer.write(bytes);
    return true;
  }

  /** Resolves when more may come; `undefined` when it may now. */
  room(): Promise<void> | undefined {
    return this.#writer?.room();
  }

  /** What came, when it is all there; of what is in memory at once. */
  finish(): Content | Promise<Content> {
    return this.#writer === undefined ? compact(this.#inMemory.take()) : this.#writer.finish();
  }

  #fits(memory: FileMemory, byteLength: number): boolean {
    if (this.#size > maxFileBytesInMemory || byteLength > memory.left) return false;
    memory.left -= byteLength;
    return true;
  }
}

/** A short content must not hold on to the long piece that it came in. */
function compact(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength > 2 * bytes.byteLength ? bytes.slice() : bytes;
}

import { createWriteStream, type WriteStream } from "node:fs";
import { once } from "node:events";

import { BentoError } from "@bento/core";

import type { SpooledFile } from "./upload.js";

/** Writes one file of the spool. */
export class SpoolWriter {
  readonly #path: string;
  readonly #stream: WriteStream;
  readonly #closed: Promise<unknown>;
  #size = 0;

  constructor(path: string) {
    this.#path = path;
    this.#stream = createWriteStream(path, { flags: "wx", mode: 0o600, highWaterMark: 1 << 18 });
    this.#closed = once(this.#stream, "close");
    // Whoever writes asks for it.
    this.#closed.catch(ignore);
    this.#stream.on("error", ignore);
  }

  /** Takes the next bytes; what is written too fast is for {@link SpoolWriter.room} to hold up. */
  write(bytes: Uint8Array): void {
    this.#size += bytes.byteLength;
    this.#stream.write(bytes);
  }

  /** Resolves when more may come; `undefined` when it may now. @throws BENTO_INTERNAL when the disk refused */
  room(): Promise<void> | undefined {
    const { writableNeedDrain, destroyed } = this.#stream;
    return writableNeedDrain || destroyed ? this.#drained() : undefined;
  }

  /** Resolves when everything is in the file. @throws BENTO_INTERNAL when the disk refused */
  async finish(): Promise<SpooledFile> {
    this.#stream.end();
    await this.#settled(this.#closed);
    return { path: this.#path, size: this.#size };
  }

  /** Writes no more; resolves when the file is closed. Never rejects. */
  async abandon(): Promise<void> {
    this.#stream.destroy();
    await this.#closed.catch(ignore);
  }

  #drained(): Promise<void> {
    return this.#settled(Promise.race([once(this.#stream, "drain"), this.#closed]));
  }

  async #settled(event: Promise<unknown>): Promise<void> {
    await event.catch(ignore);
    const { errored } = this.#stream;
    if (errored === null) return;
    throw new BentoError("BENTO_INTERNAL", `The upload could not be written to ${this.#path}.`, { cause: errored });
  }
}

function ignore(): void {}

import { createWriteStream, type WriteStream } from "node:fs";
import { once } from "node:events";

import { BentoError } from "@bento/core";

import { noSpoolRoom } from "./spool-room.js";
import type { SpooledFile } from "./upload.js";

/** Where room for bytes is taken before they are written. */
export interface RoomTaker {
  /** @throws where there is none */
  take(bytes: number): void;
}

/** What a full disk says, or the share of a user in it. */
const fullDisk: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT"]);

/** Writes one file of the spool. */
export class SpoolWriter {
  readonly #path: string;
  readonly #room: RoomTaker;
  readonly #stream: WriteStream;
  readonly #closed: Promise<unknown>;
  #size = 0;

  constructor(path: string, room: RoomTaker) {
    this.#path = path;
    this.#room = room;
    this.#stream = createWriteStream(path, { flags: "wx", mode: 0o600, highWaterMark: 1 << 18 });
    this.#closed = once(this.#stream, "close");
    // Whoever writes asks for it.
    this.#closed.catch(ignore);
    this.#stream.on("error", ignore);
  }

  /**
   * Takes the next bytes; what is written too fast is for {@link SpoolWriter.room} to hold up.
   * @throws what {@link RoomTaker.take} throws
   */
  write(bytes: Uint8Array): void {
    this.#room.take(bytes.byteLength);
    this.#size += bytes.byteLength;
    this.#stream.write(bytes);
  }

  /** Resolves when more may come; `undefined` when it may now. @throws BENTO_OVERLOADED, BENTO_INTERNAL when the disk is full, or refused */
  room(): Promise<void> | undefined {
    const { writableNeedDrain, destroyed } = this.#stream;
    return writableNeedDrain || destroyed ? this.#drained() : undefined;
  }

  /** Resolves when everything is in the file. @throws BENTO_OVERLOADED, BENTO_INTERNAL when the disk is full, or refused */
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
    if (errored !== null) throw writeFailure(this.#path, errored);
  }
}

/** The error for a file that could not be written: a disk that is full has room again later. */
export function writeFailure(path: string, cause: Error): BentoError {
  if (fullDisk.has((cause as NodeJS.ErrnoException).code)) return noSpoolRoom(cause);
  return new BentoError("BENTO_INTERNAL", `The upload could not be written to ${path}.`, { cause });
}

function ignore(): void {}

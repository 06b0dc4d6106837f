import { rm } from "node:fs/promises";
import { join } from "node:path";

import { bodyTooLarge, callerGone } from "../http/body-limit.js";
import { makeSpoolFolder } from "./spool-folder.js";
import { noSpoolRoom, type SpoolRoom } from "./spool-room.js";
import { SpoolWriter } from "./spool-writer.js";

/** An extension that says what a file is, and nothing else. */
const plainExtension = /\.[a-z0-9]{1,10}$/i;

/** The files of one request. Their folder is made with the first one. */
export class Spool {
  readonly #room: SpoolRoom;
  readonly #writers: SpoolWriter[] = [];
  #folder: string | undefined;
  #taken = 0;
  #isRemoved = false;

  /** @param room shared with other requests; what these files take of it comes back when they are removed */
  constructor(room: SpoolRoom) {
    this.#room = room;
  }

  /**
   * A new file, to be written.
   * @param filename what its sender calls it: the extension is kept, as many libraries look at that
   * @throws BENTO_CANCELLED when the files were removed: nobody would remove this one
   */
  create(filename: string | undefined): SpoolWriter {
    if (this.#isRemoved) throw callerGone();
    this.#folder ??= makeSpoolFolder();
    const extension = plainExtension.exec(filename ?? "")?.[0] ?? "";
    const writer = new SpoolWriter(join(this.#folder, `${this.#writers.length}${extension}`), this);
    this.#writers.push(writer);
    return writer;
  }

  /**
   * Takes room for bytes that are to be written.
   * @throws BENTO_CANCELLED when the files were removed
   * @throws BENTO_OVERLOADED where there is too little at the moment
   * @throws BENTO_PAYLOAD_TOO_LARGE where there can never be enough
   */
  take(bytes: number): void {
    if (this.#isRemoved) throw callerGone();
    if (this.#taken + bytes > this.#room.total) throw bodyTooLarge(this.#room.total);
    if (!this.#room.take(bytes)) throw noSpoolRoom();
    this.#taken += bytes;
  }

  /** Removes all of them, also those that are being written. Best effort: the next process does what this one cannot. */
  async remove(): Promise<void> {
    this.#isRemoved = true;
    if (this.#folder === undefined) return;
    await Promise.all(this.#writers.map((writer) => writer.abandon()));
    await rm(this.#folder, { recursive: true, force: true }).catch(() => undefined);
    this.#room.give(this.#taken);
    this.#taken = 0;
  }
}

import { rm } from "node:fs/promises";
import { join } from "node:path";

import { makeSpoolFolder } from "./spool-folder.js";
import { SpoolWriter } from "./spool-writer.js";

/** An extension that says what a file is, and nothing else. */
const plainExtension = /\.[a-z0-9]{1,10}$/i;

/** The files of one request. Their folder is made with the first one. */
export class Spool {
  readonly #writers: SpoolWriter[] = [];
  #folder: string | undefined;

  /**
   * A new file, to be written.
   * @param filename what its sender calls it: the extension is kept, as many libraries look at that
   */
  create(filename: string | undefined): SpoolWriter {
    this.#folder ??= makeSpoolFolder();
    const extension = plainExtension.exec(filename ?? "")?.[0] ?? "";
    const writer = new SpoolWriter(join(this.#folder, `${this.#writers.length}${extension}`));
    this.#writers.push(writer);
    return writer;
  }

  /** Removes all of them, also those that are being written. Best effort: the next process does what this one cannot. */
  async remove(): Promise<void> {
    if (this.#folder === undefined) return;
    await Promise.all(this.#writers.map((writer) => writer.abandon()));
    await rm(this.#folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

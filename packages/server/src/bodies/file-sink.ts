import { Writable } from "node:stream";

import { bodyTooLarge } from "../http/body-limit.js";
import { ContentCollector, FileMemory } from "./content-collector.js";
import type { Spool } from "./spool.js";
import { tellWhen } from "./tell-when.js";
import { type Content, Upload } from "./upload.js";

/** What a body is read with that is a file. */
export interface FileSinkOptions {
  readonly filename: string | undefined;
  readonly type: string | undefined;
  readonly maxBytes: number;
  readonly spool: Spool;
}

/** Takes a body that is a file, no faster than the disk does. */
export class FileSink extends Writable {
  readonly #options: FileSinkOptions;
  readonly #collector: ContentCollector;
  #left: number;
  #content: Content | undefined;

  constructor(options: FileSinkOptions) {
    super();
    this.#options = options;
    const { filename, maxBytes, spool } = options;
    this.#left = maxBytes;
    this.#collector = new ContentCollector(maxBytes, { spool, memory: new FileMemory(), filename });
  }

  /** The file, once it is complete. */
  body(): { readonly file: Upload } {
    const { filename, type } = this.#options;
    return { file: new Upload(this.#content as Content, filename, type) };
  }

  override _write(piece: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#left -= piece.byteLength;
    if (this.#left < 0) return done(bodyTooLarge(this.#options.maxBytes));
    try {
      this.#collector.add(piece);
    } catch (error) {
      return done(error as Error);
    }
    const room = this.#collector.room();
    if (room === undefined) done();
    else void tellWhen(room, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    void tellWhen(this.#finish(), done);
  }

  async #finish(): Promise<void> {
    this.#content = await this.#collector.finish();
  }
}

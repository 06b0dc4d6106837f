import { Writable } from "node:stream";

import { BodyCollector, bodyTooLarge } from "../http/body-limit.js";

/** Takes a body into memory. */
export class BytesSink extends Writable {
  readonly #collector: BodyCollector;
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    super();
    this.#maxBytes = maxBytes;
    this.#collector = new BodyCollector(maxBytes);
  }

  /** The whole body. */
  body(): { readonly bytes: Uint8Array } {
    return { bytes: this.#collector.take() };
  }

  override _write(piece: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    done(this.#collector.add(piece) ? null : bodyTooLarge(this.#maxBytes));
  }
}

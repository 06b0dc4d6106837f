import type { TarArchive } from "@bento/store/archives";
import type { RequestBody } from "../api/http.js";
import type { PushWork } from "../protocol.js";

/** An archive on its way: what of it was sent, and what is told of that. */
export class Sending {
  readonly #work: PushWork;
  readonly #tar: TarArchive;
  #sent = 0;
  #arrived = 0;

  constructor(work: PushWork, tar: TarArchive) {
    this.#work = work;
    this.#tar = tar;
    this.#report();
  }

  /** Bytes that went out, those that were lost included. */
  get sent(): number {
    return this.#sent;
  }

  /** A range of the archive as the body of a request. Sent again, it counts from its start. */
  body(start: number, end: number): RequestBody {
    let inThis = 0;
    return {
      size: end - start,
      stream: (signal) => {
        this.#arrived -= inThis;
        inThis = 0;
        return this.#counted(this.#tar.stream({ start, end, signal }), (bytes) => (inThis += bytes));
      },
    };
  }

  /** All of it. */
  whole(): RequestBody {
    return this.body(0, this.#tar.size);
  }

  async *#counted(chunks: AsyncIterable<Uint8Array>, onBytes: (bytes: number) => void): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of chunks) {
      yield chunk;
      onBytes(chunk.length);
      this.#sent += chunk.length;
      this.#arrived += chunk.length;
      this.#report();
    }
  }

  #report(): void {
    this.#work.report({ phase: "transfer", bytes: this.#arrived, total: this.#tar.size });
  }
}

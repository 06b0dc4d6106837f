import type { ClientRequest } from "node:http";
import { BentoError } from "@bento/core";
import type { RemoteContent } from "../../remote.js";
import type { IdleClock } from "./idle-clock.js";

/** What is given to the connection at once: a slow one must show that it moves. Bytes. */
const pieceBytes = 256 * 1024;
/** How long a server is waited for that was asked whether it wants the body. As curl does. Milliseconds. */
const continueMs = 1000;

/** Sends the body of a request, as fast as the connection takes it. */
export class SendBody {
  /** What the source of the body has thrown. */
  sourceError: unknown;
  readonly #outgoing: ClientRequest;
  readonly #content: RemoteContent;
  readonly #clock: IdleClock;
  #isDone = false;
  #isStopped = false;
  #interrupt: (() => void) | undefined;

  constructor(outgoing: ClientRequest, content: RemoteContent, clock: IdleClock) {
    this.#outgoing = outgoing;
    this.#content = content;
    this.#clock = clock;
  }

  /** Ends when all was sent, or when it was stopped. @throws what the source throws */
  async run(): Promise<void> {
    if (this.#outgoing.hasHeader("expect")) await this.#invited();
    if (this.#isStopped) return;
    const chunks = this.#content.stream(0)[Symbol.asyncIterator]();
    try {
      await this.#sendAll(chunks);
    } finally {
      // A source that hangs would never answer.
      if (!this.#isDone) chunks.return?.().catch(() => {});
    }
  }

  /** Sends no more. @returns whether all of it was sent */
  stop(): boolean {
    this.#isStopped = true;
    this.#interrupt?.();
    return this.#isDone;
  }

  async #sendAll(chunks: AsyncIterator<Uint8Array>): Promise<void> {
    const { size } = this.#content;
    let bytes = 0;
    for (;;) {
      const next = await this.#unlessStopped(this.#fromSource(chunks));
      if (next === undefined) return;
      if (next.done === true) break;
      bytes += next.value.length;
      if (size !== undefined && bytes > size) throw (this.sourceError = otherSize(size, bytes));
      if (!(await this.#sendChunk(next.value))) return;
    }
    if (size !== undefined && bytes < size) throw (this.sourceError = otherSize(size, bytes));
    this.#isDone = true;
    this.#clock.start();
    this.#outgoing.end();
  }

  async #fromSource(chunks: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> {
    this.#clock.rest();
    try {
      return await chunks.next();
    } catch (error) {
      throw (this.sourceError = error);
    }
  }

  async #sendChunk(chunk: Uint8Array): Promise<boolean> {
    for (let start = 0; start < chunk.length; start += pieceBytes) {
      if (this.#isStopped) return false;
      if (this.#outgoing.write(chunk.subarray(start, start + pieceBytes))) continue;
      this.#clock.start();
      await this.#unlessStopped(new Promise<true>((resolve) => this.#outgoing.once("drain", () => resolve(true))));
    }
    return !this.#isStopped;
  }

  /** Waits until the server wants the body, or has been asked for long enough. */
  async #invited(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const asked = new Promise<true>((resolve) => {
      this.#outgoing.once("continue", () => resolve(true));
      timer = setTimeout(() => resolve(true), continueMs);
    });
    await this.#unlessStopped(asked);
    clearTimeout(timer);
  }

  /** What a promise brings, or `undefined` once it was stopped. Nothing that lives longer holds on to what it brought. */
  #unlessStopped<T>(promise: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      this.#interrupt = () => resolve(undefined);
      if (this.#isStopped) resolve(undefined);
      promise.then(resolve, reject);
    });
  }
}

function otherSize(size: number, bytes: number): BentoError {
  return new BentoError("BENTO_TRANSFER_FAILED", `What is to be written has ${bytes} bytes, and was said to have ${size}.`, {
    hint: "Do not change it while it is sent.",
  });
}

import { BentoError } from "@bento/core";

import type { CallContext } from "../executor/executor.js";
import type { CallTime } from "../http/out-of-time.js";

type Result = IteratorResult<Uint8Array, undefined>;

/**
 * The pieces of an input for the method that reads them. As long as it waits for the next one its own time does not pass, but
 * that of the caller: one that sends nothing for as long as a call may take has gone astray.
 */
export class PacedPieces implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #pieces: AsyncIterator<Uint8Array, undefined>;
  readonly #context: Pick<CallContext, "tookInput">;
  readonly #time: CallTime | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(pieces: AsyncIterator<Uint8Array, undefined>, context: Pick<CallContext, "time" | "tookInput">) {
    this.#pieces = pieces;
    this.#context = context;
    this.#time = context.time;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @throws BENTO_TIMEOUT (408) when nothing comes for too long; whatever the pieces fail with */
  next(): Promise<Result> {
    this.#context.tookInput();
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        this.#end();
        reject(error);
      };
      this.#watch(fail);
      this.#pieces.next().then((result) => {
        clearTimeout(this.#timer);
        if (result.done === true) this.#end();
        return resolve(result);
      }, fail);
    });
  }

  async return(): Promise<Result> {
    this.#end();
    await this.#pieces.return?.();
    return { done: true, value: undefined };
  }

  #end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  /** Says in between that the method does not lag. */
  #watch(fail: (error: unknown) => void): void {
    const time = this.#time;
    if (time === undefined) return;
    const stepMs = time.timeoutMs / 4;
    const end = performance.now() + time.timeoutMs;
    const look = (): void => {
      this.#context.tookInput();
      const leftMs = end - performance.now();
      if (leftMs > 0) {
        this.#timer = setTimeout(look, Math.min(stepMs, Math.max(1, leftMs))).unref();
        return;
      }
      fail(silent(time));
      void this.#pieces.return?.();
    };
    this.#timer = setTimeout(look, stepMs).unref();
  }
}

function silent({ timeoutMs, isCallers }: CallTime): BentoError {
  return new BentoError("BENTO_TIMEOUT", `Nothing came of the request's body for ${Number((timeoutMs / 1000).toFixed(6))} seconds.`, {
    status: 408,
    hint: `Send without such pauses, or ${isCallers ? "allow more time in X-Request-Timeout" : "raise traffic.timeout of the service"}.`,
  });
}

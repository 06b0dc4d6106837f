import { BentoError } from "@bento/core";

import { isStream } from "../http/reply.js";
import { WatchedStream } from "../http/watched-stream.js";
import type { ExecutorReply } from "./executor.js";

/** How long a reader may stand still while others wait for its batch to end. Milliseconds. */
const longestStillMs = 10_000;
/** How often readers are looked at. Milliseconds. */
const lookEveryMs = 1000;

/** An answer, and when it is over. */
export interface EndingReply {
  readonly reply: Promise<ExecutorReply>;
  /** Resolves when the last of it is read, nobody reads it any more, or there is none. */
  readonly end: Promise<void>;
}

/**
 * The readers of streams whose batches others wait for.
 *
 * A batch that streams lasts as long as its readers like: one who takes nothing and does not leave would keep everybody
 * else from the method for ever. So who stands still for ten seconds, while others wait, is cut off.
 */
export class StillReaders {
  readonly #othersWait: () => boolean;
  readonly #streams = new Set<ReadStream>();
  #timer: NodeJS.Timeout | undefined;

  /** @param othersWait whether anybody waits for a batch to end */
  constructor(othersWait: () => boolean) {
    this.#othersWait = othersWait;
  }

  /** The same answer, its reader watched. */
  watch(answer: Promise<ExecutorReply>): EndingReply {
    let settle!: () => void;
    const end = new Promise<void>((resolve) => (settle = resolve));
    const reply = answer.then((whole) => {
      if (isStream(whole.body)) return { ...whole, body: this.#add(whole.body, settle) };
      settle();
      return whole;
    });
    reply.catch(settle);
    return { reply, end };
  }

  #add(body: AsyncIterable<string | Uint8Array>, onEnd: () => void): ReadStream {
    const stream = new ReadStream(body[Symbol.asyncIterator](), {
      onEnd: () => {
        this.#streams.delete(stream);
        if (this.#streams.size === 0) this.#stop();
        onEnd();
      },
    });
    this.#streams.add(stream);
    this.#timer ??= setInterval(() => this.#look(), lookEveryMs).unref();
    return stream;
  }

  #look(): void {
    if (!this.#othersWait()) return;
    const latest = performance.now() - longestStillMs;
    for (const stream of this.#streams) if (stream.stillSince <= latest) stream.breakOff(stoodStill());
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** A stream that knows since when nobody has asked it for more. */
class ReadStream extends WatchedStream {
  /** Infinity while somebody waits for the next piece. */
  stillSince = performance.now();
  readonly #onPiece = (): void => {
    this.stillSince = performance.now();
  };

  override next(): ReturnType<WatchedStream["next"]> {
    this.stillSince = Infinity;
    const piece = super.next();
    piece.then(this.#onPiece, this.#onPiece);
    return piece;
  }
}

function stoodStill(): BentoError {
  return new BentoError(
    "BENTO_UNAVAILABLE",
    `The stream was read too slowly: nothing of it for ${longestStillMs / 1000} seconds, while others waited for its batch to end.`,
    { hint: "Read it as it comes." },
  );
}

import { cancellation, checkSignal } from "../store/cancellation.js";
import { endSource } from "../store/end-source.js";

/**
 * A stream that ends with its signal: a wait for the next piece is left at once, also where whoever gives them hangs
 * and knows nothing of the signal.
 * @throws BENTO_CANCELLED; what the stream throws
 */
export async function* untilAbort<T>(
  pieces: AsyncIterable<T>,
  signal: AbortSignal | undefined,
  doing: string,
): AsyncGenerator<T, void, undefined> {
  checkSignal(signal, doing);
  const iterator = pieces[Symbol.asyncIterator]();
  // One listener for the whole stream, and no race: that would leave something behind with every piece.
  const waiting = new Waiting(signal, doing);
  let isOver = false;
  try {
    for (;;) {
      const { done, value } = await waiting.next(iterator);
      if (done) {
        isOver = true;
        return;
      }
      yield value;
      // What was read ahead is not given out any more.
      checkSignal(signal, doing);
    }
  } catch (error) {
    // Whoever threw is over; whoever hangs is told, and not waited for.
    isOver = true;
    endSource(pieces, iterator);
    throw error;
  } finally {
    waiting.end();
    if (!isOver) await iterator.return?.();
  }
}

/** Somebody who waits for a piece, or for the end of a signal. */
class Waiting {
  readonly #signal: AbortSignal | undefined;
  readonly #doing: string;
  #reject: ((error: Error) => void) | undefined;

  constructor(signal: AbortSignal | undefined, doing: string) {
    this.#signal = signal;
    this.#doing = doing;
    signal?.addEventListener("abort", this);
  }

  next<T>(iterator: AsyncIterator<T>): Promise<IteratorResult<T>> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      iterator.next().then(resolve, reject);
    });
  }

  handleEvent(): void {
    if (this.#signal !== undefined) this.#reject?.(cancellation(this.#signal, this.#doing));
  }

  end(): void {
    this.#signal?.removeEventListener("abort", this);
  }
}

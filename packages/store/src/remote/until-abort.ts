import { cancellation, withSignal } from "../store/cancellation.js";
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
  const iterator = pieces[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      const { done, value } = await withSignal(signal, doing, iterator.next());
      if (done) {
        isOver = true;
        return;
      }
      yield value;
      // What was read ahead is not given out any more.
      if (signal?.aborted) throw cancellation(signal, doing);
    }
  } catch (error) {
    // Whoever threw is over; whoever hangs is told, and not waited for.
    isOver = true;
    endSource(pieces, iterator);
    throw error;
  } finally {
    if (!isOver) await iterator.return?.();
  }
}

import { withSignal } from "../../../store/cancellation.js";

/**
 * The same chunks, but the signal ends the wait for one that does not come.
 * @throws BENTO_CANCELLED by the signal
 */
export async function* untilAborted(input: AsyncIterable<Uint8Array>, signal: AbortSignal, what: string): AsyncGenerator<Uint8Array, void> {
  const chunks = input[Symbol.asyncIterator]();
  let isOpen = true;
  let isPulling = false;
  try {
    for (;;) {
      isPulling = true;
      const next = await withSignal(signal, what, chunks.next());
      isPulling = false;
      if (next.done) {
        isOpen = false;
        return;
      }
      yield next.value;
    }
  } finally {
    // Closing would wait for the chunk that does not come; an input that failed is closed already.
    if (isOpen && !isPulling) await chunks.return?.();
  }
}

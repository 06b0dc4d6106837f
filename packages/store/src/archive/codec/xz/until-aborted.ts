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
    const closing = isOpen ? chunks.return?.() : undefined;
    // Closing waits for the chunk that does not come; what it opened is closed when that comes after all.
    if (isPulling) closing?.catch(() => {});
    else await closing;
  }
}

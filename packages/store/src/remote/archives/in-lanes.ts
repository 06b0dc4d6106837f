import { setMaxListeners } from "node:events";
import { checkSignal } from "../../store/cancellation.js";

/**
 * Does work on many items, some of them at the same time. The first failure ends the others: it is thrown when nothing
 * is under way any more.
 * @throws what the work throws; BENTO_CANCELLED
 * @param work is given a signal that is aborted with the caller's, and by the first failure
 */
export async function inLanes<T>(
  items: Iterable<T>,
  { lanes, signal, doing }: { readonly lanes: number; readonly signal: AbortSignal; readonly doing: string },
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failing = new AbortController();
  const stop = AbortSignal.any([signal, failing.signal]);
  setMaxListeners(0, stop);
  const waiting = items[Symbol.iterator]();
  let failure: { readonly error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    for (let next = waiting.next(); !next.done && !stop.aborted; next = waiting.next()) {
      try {
        await work(next.value, stop);
      } catch (error) {
        failure ??= { error };
        failing.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (failure !== undefined) throw failure.error;
  checkSignal(signal, doing);
}

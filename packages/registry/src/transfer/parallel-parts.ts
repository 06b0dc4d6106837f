import { setMaxListeners } from "node:events";
import { LaneCount } from "./lane-count.js";

/** What is done side by side, and how. */
export interface ParallelOptions<T> {
  readonly items: Iterable<T>;
  /** Lanes at first. Default 4. */
  readonly start?: number | undefined;
  /** Default 10. */
  readonly most?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; for tests. */
  readonly now?: (() => number) | undefined;
}

/** What the work on one item is given. */
export interface Lane {
  /** Aborted when the caller's signal is, and when the work on another item failed. */
  readonly signal: AbortSignal;
  /** To be called when the peer is not well: fewer lanes go on. */
  readonly trouble: () => void;
}

/**
 * Works on items side by side, in their order: on more of them at once while that brings more bytes a second, on fewer
 * when it does not, or when there is trouble. Ends when no work runs any more.
 * @param work returns the bytes that it moved
 * @throws what the first work to fail throws; the signal's reason
 */
export async function parallelParts<T>(
  { items, start = 4, most = 10, signal, now }: ParallelOptions<T>,
  work: (item: T, lane: Lane) => Promise<number>,
): Promise<void> {
  signal?.throwIfAborted();
  const lanes = new LaneCount(Math.min(start, most), most, now);
  const stop = new AbortController();
  // Every lane listens to it with whatever it calls, and Node.js warns of the eleventh listener.
  setMaxListeners(0, stop.signal);
  const lane = { signal: stop.signal, trouble: () => lanes.trouble() };
  const onAbort = (): void => stop.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  const begin = async (item: T): Promise<void> => {
    try {
      lanes.finished(await work(item, lane));
    } catch (error) {
      failure ??= { error };
      stop.abort(error);
    }
  };
  try {
    for (const item of items) {
      while (running.size >= lanes.count) await Promise.race(running);
      if (stop.signal.aborted) break;
      const task: Promise<void> = begin(item).then(() => void running.delete(task));
      running.add(task);
    }
    await Promise.all(running);
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
  if (failure !== undefined) throw failure.error;
  signal?.throwIfAborted();
}

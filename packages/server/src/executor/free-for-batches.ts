/**
 * A batch that takes longer waits here until a worker is idle: the way there is little beside it, it can grow meanwhile, and
 * whichever worker is first gets it. Milliseconds.
 */
const longMs = 10;

/** Workers that batches could be given to. */
export interface FreeWorkers {
  /** Those that the next one is better given to now than later. */
  readonly workers: number;
  /** Those of them that work on nothing. */
  readonly idle: number;
}

/**
 * Workers that a batch is better given to now than later: idle ones; where there are none, those that work on fewer than
 * they may have at once, unless the batch is a long one.
 * @param batches how many each worker works on
 * @param expectedMs how long the batch will take; 0 where nothing is known
 */
export function freeForBatches(batches: readonly number[], atOnce: number, expectedMs: number): FreeWorkers {
  let idle = 0;
  let busy = 0;
  for (const running of batches) {
    if (running === 0) idle += 1;
    else if (running < atOnce) busy += 1;
  }
  if (idle > 0) return { workers: idle, idle };
  return { workers: expectedMs < longMs ? busy : 0, idle };
}

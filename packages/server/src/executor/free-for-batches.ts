/**
 * A batch that takes longer grows until it is full, or a worker idle: the way there, and what all its calls take of this
 * process, is little beside it, and it answers more in nearly the same time. Milliseconds.
 */
const longMs = 10;

/** What is known of the next batch. */
export interface NextBatch {
  /** Whether it could not be larger. */
  readonly isFull: boolean;
  /** 0 where nothing is known. */
  readonly expectedMs: number;
}

/**
 * Workers that a batch is better given to now than later: idle ones; where there are none, those that work on fewer than
 * they may have at once, unless it is better that the batch grows.
 * @param batches how many each worker works on
 */
export function freeForBatches(batches: readonly number[], atOnce: number, { isFull, expectedMs }: NextBatch): number {
  let idle = 0;
  let free = 0;
  for (const running of batches) {
    if (running === 0) idle += 1;
    if (running < atOnce) free += 1;
  }
  if (idle > 0) return idle;
  return isFull || expectedMs < longMs ? free : 0;
}

/** One request that waits, as a policy sees it. Times are milliseconds of one clock that never goes back. */
export interface WaitingRequest {
  readonly items: number;
  readonly arrivedAt: number;
  /** When nobody waits for its answer any more. */
  readonly deadline: number;
}

/** What a call of a method costs, as learned from the batches that have run: `fixedMs + items * perItemMs`. */
export interface BatchCost {
  /** Milliseconds of a call, whatever its size. */
  readonly fixedMs: number;
  /** Milliseconds that each item adds. */
  readonly perItemMs: number;
  /** Batches that it was learned from; with 0 nothing is known. */
  readonly samples: number;
  /** Items of the smallest batches that there were lately: what much smaller ones cost is a guess. */
  readonly smallest: number;
}

/** Everything that a policy decides by. */
export interface BatchState {
  /** The time, on the clock of the requests. Milliseconds. */
  readonly now: number;
  /** First come first; those that may be joined with the first, at least as many as fill a batch if there are. Never empty. */
  readonly queue: readonly WaitingRequest[];
  /** Items of everything that waits, whether it may be joined with the first or not. */
  readonly queuedItems: number;
  /** Workers that a batch could be given to now. */
  readonly freeWorkers: number;
  /** Those of them that work on nothing; others would begin when they are done with what they work on. */
  readonly idleWorkers: number;
  readonly workers: number;
  /** Items that one call of the method may get. */
  readonly maxBatchSize: number;
  /** Milliseconds from arrival within which a request is to be answered. */
  readonly maxLatencyMs: number;
  readonly cost: BatchCost;
  /** Expected time between two requests. Milliseconds; Infinity while nothing is known. */
  readonly gapMs: number;
  /** For how long requests have been refused as too late while more than a batch waited all the time; 0 where none are. Milliseconds. */
  readonly overloadedMs: number;
}

/**
 * What to do now.
 *
 * - `run`: call the method with so many items from the head of the queue.
 * - `wait`: look again at that time, or as soon as anything changes.
 * - `reject`: refuse so many requests at the head, which cannot be answered in time.
 */
export type BatchDecision =
  | { readonly type: "run"; readonly items: number }
  | { readonly type: "wait"; readonly until: number }
  | { readonly type: "reject"; readonly requests: number };

/** Decides when a batch runs, and of how many items. A pure function: all that it may know is in the state. */
export type BatchPolicy = (state: BatchState) => BatchDecision;

import type { SeriesFigures } from "../http/figures.js";
import { innerSecondsBounds, Tally } from "../http/tally.js";

/** BentoML's bounds for what is in one batch: 1, 2, 4 and so on, and the most there may be. */
export function batchSizeBounds(maxBatchSize: number): number[] {
  const bounds: number[] = [];
  for (let bound = 1; bound < maxBatchSize; bound *= 2) bounds.push(bound);
  return [...bounds, maxBatchSize];
}

/** What was counted of the batches of one endpoint, as plain data: it can be sent to another process, and added up. */
export interface BatchFigures {
  readonly maxBatchSize: number;
  /** Requests that wait for their batch now. */
  readonly waiting: number;
  /** Requests in one batch, by the number of the worker that ran it. */
  readonly sizes: Readonly<Record<string, SeriesFigures>>;
  /** Items in one batch. */
  readonly items: SeriesFigures;
  /** From the arrival of a request to the begin of its batch. Seconds. */
  readonly waits: SeriesFigures;
  /** How long batches ran. Seconds. */
  readonly runs: SeriesFigures;
  /** How long the batches of all requests ran: each batch counts as often as it had requests. Seconds. */
  readonly requestRunSeconds: number;
}

/** Counts the batches of one endpoint: plain numbers, which become metrics when somebody asks for them. */
export class BatchCounter {
  readonly maxBatchSize: number;
  readonly #sizes = new Map<number, Tally>();
  readonly #items: Tally;
  readonly #waits = new Tally(innerSecondsBounds);
  readonly #runs = new Tally(innerSecondsBounds);
  #requestRunSeconds = 0;
  /** Asked for the requests that wait, by whoever holds them. */
  waiting: () => number = () => 0;

  constructor(maxBatchSize: number) {
    this.maxBatchSize = maxBatchSize;
    this.#items = new Tally(batchSizeBounds(maxBatchSize));
  }

  /** A request has waited so long when its batch, or the first of its batches, began. */
  waited(ms: number): void {
    this.#waits.add(ms / 1000);
  }

  /**
   * A batch is done.
   * @param worker the number of the worker that ran it, from 1
   */
  ran(requests: number, items: number, ms: number, worker = 1): void {
    const seconds = ms / 1000;
    this.#sizesOf(worker).add(requests);
    this.#items.add(items);
    this.#runs.add(seconds);
    this.#requestRunSeconds += requests * seconds;
  }

  /** What was counted. */
  figures(): BatchFigures {
    return {
      maxBatchSize: this.maxBatchSize,
      waiting: this.waiting(),
      sizes: Object.fromEntries(this.#sizes),
      items: this.#items,
      waits: this.#waits,
      runs: this.#runs,
      requestRunSeconds: this.#requestRunSeconds,
    };
  }

  #sizesOf(worker: number): Tally {
    let sizes = this.#sizes.get(worker);
    if (sizes === undefined) this.#sizes.set(worker, (sizes = new Tally(batchSizeBounds(this.maxBatchSize))));
    return sizes;
  }
}

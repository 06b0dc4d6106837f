import type { BatchFigures } from "../batching/batch-counter.js";
import { addBatches, lastingBatches, noSeries } from "../http/figures.js";
import type { WorkerProcess } from "./worker-process.js";

type Batches = Readonly<Record<string, BatchFigures>>;

/** What workers have counted of batches that come together in them alone, also those that are gone. */
export class WorkerBatches {
  readonly #latest = new Map<WorkerProcess, Batches>();
  #ended: Batches = {};

  /** Of all of them together, by wire name of the endpoint. */
  figures(): Batches {
    return addBatches([this.#ended, ...this.#latest.values()]);
  }

  /** A worker tells what it has counted since its start. */
  take(worker: WorkerProcess, batches: Batches): void {
    const figures = Object.entries(batches).map(([api, told]) => [api, asTold(told, worker.index)] as const);
    this.#latest.set(worker, Object.fromEntries(figures));
  }

  /** Nothing more will be heard of a worker. */
  end(worker: WorkerProcess): void {
    const latest = this.#latest.get(worker);
    if (latest !== undefined) this.#ended = addBatches([this.#ended, lastingBatches(latest)]);
    this.#latest.delete(worker);
  }
}

/** A worker knows nothing of others, and how long a call waits is counted where it waits for a worker. */
function asTold(told: BatchFigures, index: number): BatchFigures {
  const [sizes] = Object.values(told.sizes);
  return { ...told, sizes: sizes === undefined ? {} : { [index]: sizes }, waits: noSeries };
}

import { addMeasures, lastingMeasures, type Measures } from "../http/measures.js";
import type { WorkerProcess } from "./worker-process.js";

/** What the services in workers have counted themselves, also in those that are gone. */
export class WorkerMeasures {
  readonly #latest = new Map<WorkerProcess, Measures>();
  #ended: Measures = {};

  /** Of all of them together. */
  all(): Measures {
    return addMeasures([this.#ended, ...this.#latest.values()]);
  }

  /** A worker tells what it has counted since its start. */
  take(worker: WorkerProcess, measures: Measures): void {
    this.#latest.set(worker, measures);
  }

  /** Nothing more will be heard of a worker. */
  end(worker: WorkerProcess): void {
    const latest = this.#latest.get(worker);
    if (latest !== undefined) this.#ended = addMeasures([this.#ended, lastingMeasures(latest)]);
    this.#latest.delete(worker);
  }
}

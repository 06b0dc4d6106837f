import { Refusal } from "../http/refusal.js";
import type { Admission, Entrant } from "./admission.js";

/** Counts the calls that run, and refuses those for which there is no place. */
export class Places implements Admission {
  readonly #places: number;
  #running = 0;

  /**
   * @param maxConcurrency calls at once of the whole service
   * @param processes so many share them
   */
  constructor(maxConcurrency: number | undefined, processes: number) {
    this.#places = maxConcurrency === undefined ? Number.POSITIVE_INFINITY : Math.ceil(maxConcurrency / processes);
  }

  enter(entrant: Entrant): void {
    if (this.#running >= this.#places) {
      const hint = `This server works on ${this.#places} requests at once; try again after a pause.`;
      throw new Refusal("concurrency", "Too many requests", hint);
    }
    this.#running += 1;
    entrant.begin();
  }

  answered(): void {}

  leave(): void {
    this.#running -= 1;
  }
}

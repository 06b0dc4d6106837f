import { Refusal } from "./refusal.js";

/**
 * Counts the calls that run, and refuses more than `maxConcurrency`.
 *
 * A place is taken once the body is there and given back when the method is really done: one that goes on working after
 * its caller left or its time was over still occupies the machine.
 */
export class Admission {
  readonly #max: number;
  #running = 0;

  /**
   * @param maxConcurrency calls at once of the whole service
   * @param processes so many share them
   */
  constructor(maxConcurrency: number | undefined, processes = 1) {
    this.#max = maxConcurrency === undefined ? Number.POSITIVE_INFINITY : Math.ceil(maxConcurrency / processes);
  }

  /** Takes a place. @throws BENTO_TOO_MANY_REQUESTS when all are taken */
  enter(): void {
    if (this.#running >= this.#max) {
      const hint = `This server works on ${this.#max} requests at once; try again after a pause.`;
      throw new Refusal("concurrency", "Too many requests", hint);
    }
    this.#running += 1;
  }

  /** Gives the place back. */
  leave(): void {
    this.#running -= 1;
  }
}

import type { RestartDecision, RestartRules } from "./restart-policy.js";
import { decideRestart } from "./restart-policy.js";
import type { WorkerExit, WorkerProcess } from "./worker-process.js";

/** A worker that dies again in less than this, and without a call, has not shown that the loop is over. Milliseconds. */
const settledMs = 10_000;
const none: RestartDecision = { delayMs: 0, inVain: 0, isLoop: false, isHopeless: false };

/** What the workers of one place died of, as far as it says something of the next. */
export class Deaths {
  readonly #rules: RestartRules | undefined;
  #last = none;
  #failure: Error | undefined;

  constructor(rules: RestartRules | undefined) {
    this.#rules = rules;
  }

  /** Another one. @returns what follows from it */
  add({ life, failure }: WorkerExit): RestartDecision {
    this.#last = decideRestart(life, this.#last.inVain, this.#rules);
    this.#failure = failure;
    return this.#last;
  }

  /** Those in vain, one after the other. */
  get inVain(): number {
    return this.#last.inVain;
  }

  /** What the last of them was of, where that is known. */
  get lastFailure(): Error | undefined {
    return this.#failure;
  }

  /** Whether they go on and on; over as soon as a worker has shown that it is of use. */
  isLoop(worker: WorkerProcess | undefined): boolean {
    return this.#last.isLoop && (worker === undefined || (worker.answered === 0 && worker.readyMs < settledMs));
  }

  /** Whether that has gone on for so long that another try is no use. */
  isHopeless(worker: WorkerProcess | undefined): boolean {
    return this.#last.isHopeless && this.isLoop(worker);
  }
}

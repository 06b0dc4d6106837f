/** Retries that are there from the start, and the most that can be saved up. */
const most = 10;
/** Retries that each call earns for all. */
const perCall = 0.2;
/** Retries that come back by themselves each second. */
const perSecond = 0.5;

/**
 * How many retries the calls of one client have together: a service that is down, or has too much to do, gets at most a
 * fifth more requests from them, and not four times as many.
 */
export class RetryBudget {
  #left = most;
  #countedAt: number;
  readonly #now: () => number;

  /** @param now milliseconds, of a clock that may start anywhere */
  constructor(now: () => number = () => Date.now()) {
    this.#now = now;
    this.#countedAt = now();
  }

  /** A call begins. */
  earn(): void {
    this.#left = Math.min(most, this.#left + perCall);
  }

  /** Whether one more retry may be made; if so, it is taken. */
  take(): boolean {
    const now = this.#now();
    this.#left = Math.min(most, this.#left + (Math.max(0, now - this.#countedAt) / 1000) * perSecond);
    this.#countedAt = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}

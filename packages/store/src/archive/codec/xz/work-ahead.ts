/**
 * Work that runs ahead of whoever takes its results, in order. How much is under way is limited by what it costs:
 * the costs of all work not yet taken stay within a budget, but for a single one that goes beyond it alone.
 */
export class WorkAhead<R> {
  readonly #budget: number;
  readonly #running: { readonly result: Promise<R>; readonly cost: number }[] = [];
  #used = 0;

  constructor(budget: number) {
    this.#budget = budget;
  }

  hasRoomFor(cost: number): boolean {
    return this.#running.length === 0 || this.#used + cost <= this.#budget;
  }

  start(cost: number, work: () => Promise<R>): void {
    const result = work();
    // A failure is looked at when its turn comes.
    result.catch(() => {});
    this.#running.push({ result, cost });
    this.#used += cost;
  }

  get isEmpty(): boolean {
    return this.#running.length === 0;
  }

  /** The result of the oldest work, once it is there. */
  async take(): Promise<R> {
    const oldest = this.#running[0];
    if (oldest === undefined) throw new RangeError("There is no work to take the result of.");
    try {
      return await oldest.result;
    } finally {
      this.#running.shift();
      this.#used -= oldest.cost;
    }
  }

  /** Waits until nothing runs any more, whatever came out of it. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#running.map(({ result }) => result));
  }
}

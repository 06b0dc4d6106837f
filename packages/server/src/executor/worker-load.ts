/** A batch is late that takes so many times as long as expected ... */
const lateTimes = 3;
/** ... and this much besides: milliseconds, in which a busy machine may do something else. */
const lateMs = 50;

/**
 * What one worker has to do of the batches of one endpoint.
 *
 * A batch that is late may never end. While there is one, the worker is given no other: what waits behind it another
 * worker could answer.
 */
export class WorkerLoad {
  #batches = 0;
  /** When those that it works on ought to be done. */
  #dueAt = Infinity;
  #endedAt = -Infinity;

  /** Batches that it works on. */
  get batches(): number {
    return this.#batches;
  }

  /** Whether what it works on ought to be done by now. */
  isLate(now: number): boolean {
    return this.#batches > 0 && now > this.#dueAt;
  }

  /** It is given a batch. Milliseconds. */
  begin(now: number, expectedMs: number): void {
    const from = this.#batches > 0 ? Math.max(now, this.#dueAt) : now;
    this.#batches += 1;
    this.#dueAt = from + lateMs + lateTimes * expectedMs;
  }

  /**
   * One of them is done.
   * @returns how long the worker has worked on it: what it waited behind the one before does not count
   */
  end(begunAt: number, now: number): number {
    const ms = now - Math.max(begunAt, this.#endedAt);
    this.#batches -= 1;
    this.#endedAt = now;
    return ms;
  }
}

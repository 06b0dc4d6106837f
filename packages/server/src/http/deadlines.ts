import { longestTimerMs } from "../limits.js";

/** What can run out of time. */
export interface Expiring {
  expire(timeoutMs: number): void;
}

/**
 * One deadline for each of many calls, all of the same length, on a single timer.
 *
 * Calls end in the order in which they began, so that the oldest is all that has to be watched; a timer for each would be
 * set and cleared for nothing nearly every time, and cost more than most of what a small request needs.
 */
export class Deadlines {
  readonly #timeoutMs: number;
  /** By call, when it is over; a Map keeps the order. */
  readonly #watched = new Map<Expiring, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Begins a call's time. */
  start(call: Expiring, startedAt: number): void {
    this.#watched.set(call, startedAt + this.#timeoutMs);
    if (this.#timer === undefined) this.#arm(this.#timeoutMs);
  }

  /** Ends it before it is over. */
  stop(call: Expiring): void {
    this.#watched.delete(call);
  }

  /** The timer holds the process for nothing: whatever waits for an answer does so itself. */
  #arm(ms: number): void {
    this.#timer = setTimeout(() => this.#check(), Math.min(Math.max(1, Math.ceil(ms)), longestTimerMs)).unref();
  }

  #check(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const [call, end] of this.#watched) {
      if (end > now) return this.#arm(end - now);
      this.#watched.delete(call);
      call.expire(this.#timeoutMs);
    }
  }
}

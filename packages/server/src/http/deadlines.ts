import { longestTimerMs } from "../limits.js";

/** What can run out of time. */
export interface Expiring {
  expire(timeoutMs: number): void;
}

/** The time of one call, which runs. */
export interface Deadline {
  /** Ends it before it is over. */
  stop(): void;
}

/** One of those that are watched, in the order in which they began. */
class Watched implements Deadline {
  readonly call: Expiring;
  readonly end: number;
  before: Watched | undefined;
  after: Watched | undefined;
  readonly #list: Deadlines;

  constructor(call: Expiring, end: number, list: Deadlines) {
    this.call = call;
    this.end = end;
    this.#list = list;
  }

  stop(): void {
    this.#list.forget(this);
  }
}

/**
 * One deadline for each of many calls, all of the same length, on a single timer.
 *
 * Calls end in the order in which they began, so that the oldest is all that has to be watched; a timer for each would be
 * set and cleared for nothing nearly every time, and cost more than most of what a small request needs. A chain and no
 * Map, for the same reason as in `wire/call-table.ts`; what leaves it holds on to nothing.
 */
export class Deadlines {
  readonly #timeoutMs: number;
  #oldest: Watched | undefined;
  #newest: Watched | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Begins a call's time. */
  start(call: Expiring, startedAt: number): Deadline {
    const watched = new Watched(call, startedAt + this.#timeoutMs, this);
    watched.before = this.#newest;
    if (this.#newest === undefined) this.#oldest = watched;
    else this.#newest.after = watched;
    this.#newest = watched;
    if (this.#timer === undefined) this.#arm(this.#timeoutMs);
    return watched;
  }

  /** One needs no watching any more; saying so again does nothing. */
  forget(watched: Watched): void {
    const { before, after } = watched;
    if (before !== undefined) before.after = after;
    else if (this.#oldest === watched) this.#oldest = after;
    else return;
    if (after !== undefined) after.before = before;
    else this.#newest = before;
    watched.before = undefined;
    watched.after = undefined;
  }

  /** The timer holds the process for nothing: whatever waits for an answer does so itself. */
  #arm(ms: number): void {
    this.#timer = setTimeout(() => this.#check(), Math.min(Math.max(1, Math.ceil(ms)), longestTimerMs)).unref();
  }

  #check(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (let watched = this.#oldest; watched !== undefined; watched = this.#oldest) {
      if (watched.end > now) return this.#arm(watched.end - now);
      this.forget(watched);
      watched.call.expire(this.#timeoutMs);
    }
  }
}

import { longestTimerMs } from "../limits.js";
import type { CallTime } from "./out-of-time.js";

/** What can run out of time. */
export interface Expiring {
  expire(time: CallTime): void;
}

/** The time of one call, which runs. */
export interface Deadline extends CallTime {
  /** Ends it before it is over. */
  stop(): void;
}

/** One of those that are watched, in the order in which they began. */
class Watched implements Deadline {
  readonly call: Expiring;
  readonly end: number;
  readonly isCallers = false;
  before: Watched | undefined;
  after: Watched | undefined;
  readonly #list: Deadlines;

  constructor(call: Expiring, end: number, list: Deadlines) {
    this.call = call;
    this.end = end;
    this.#list = list;
  }

  get timeoutMs(): number {
    return this.#list.timeoutMs;
  }

  stop(): void {
    this.#list.forget(this);
  }
}

/** The time of a call that is unlike that of others, as its caller waits for less: on a timer of its own. */
class OwnDeadline implements Deadline {
  readonly timeoutMs: number;
  readonly end: number;
  readonly isCallers: boolean;
  #timer: NodeJS.Timeout | undefined;

  constructor(call: Expiring, startedAt: number, timeoutMs: number, isCallers: boolean) {
    this.isCallers = isCallers;
    this.timeoutMs = timeoutMs;
    this.end = startedAt + timeoutMs;
    this.#arm(call);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #arm(call: Expiring): void {
    this.#timer = wakeAfter(this.end - performance.now(), () => {
      if (performance.now() < this.end) this.#arm(call);
      else call.expire(this);
    });
  }
}

/** Begins a call's time once more, as long as it was, from a moment on that may have passed. */
export function restartDeadline(call: Expiring, startedAt: number, { timeoutMs, isCallers }: CallTime): Deadline {
  return new OwnDeadline(call, startedAt, timeoutMs, isCallers);
}

/**
 * One deadline for each of many calls, nearly all of the same length, on a single timer.
 *
 * Calls end in the order in which they began, so that the oldest is all that has to be watched; a timer for each would be
 * set and cleared for nothing nearly every time, and cost more than most of what a small request needs. A chain and no
 * Map, for the same reason as in `wire/call-table.ts`; what leaves it holds on to nothing.
 */
export class Deadlines {
  /** Milliseconds that each call gets, unless its caller waits for less. */
  readonly timeoutMs: number;
  #oldest: Watched | undefined;
  #newest: Watched | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs;
  }

  /**
   * Begins a call's time.
   * @param patienceMs milliseconds that its caller waits
   */
  start(call: Expiring, startedAt: number, patienceMs = Infinity): Deadline {
    if (patienceMs < this.timeoutMs) return new OwnDeadline(call, startedAt, patienceMs, true);
    const watched = new Watched(call, startedAt + this.timeoutMs, this);
    watched.before = this.#newest;
    if (this.#newest === undefined) this.#oldest = watched;
    else this.#newest.after = watched;
    this.#newest = watched;
    if (this.#timer === undefined) this.#arm(this.timeoutMs);
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

  #arm(ms: number): void {
    this.#timer = wakeAfter(ms, () => this.#check());
  }

  #check(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (let watched = this.#oldest; watched !== undefined; watched = this.#oldest) {
      if (watched.end > now) return this.#arm(watched.end - now);
      this.forget(watched);
      watched.call.expire(watched);
    }
  }
}

/** A timer that holds the process for nothing: whatever waits for an answer does so itself. It may come too early. */
function wakeAfter(ms: number, wake: () => void): NodeJS.Timeout {
  return setTimeout(wake, Math.min(Math.max(1, Math.ceil(ms)), longestTimerMs)).unref();
}

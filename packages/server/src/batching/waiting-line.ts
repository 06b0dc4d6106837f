import type { WaitingRequest } from "@bento/core";

/** A job that was submitted. */
export interface Ticket {
  /**
   * Nobody waits for it any more: what of it has not begun never will.
   * @returns whether it had been waiting, and nothing of it has run
   */
  cancel(): boolean;
}

/** A job in the line, or what is left of it there. */
export class Waiting<J> implements WaitingRequest, Ticket {
  readonly job: J;
  readonly arrivedAt: number;
  readonly deadline: number;
  readonly end: number;
  /** Items before this one have run, or run. */
  start = 0;
  before: Waiting<J> | undefined;
  after: Waiting<J> | undefined;
  /** Whether it may be in one batch with the one before it; `undefined` until that was asked for. */
  joins: boolean | undefined;
  isIn = false;
  readonly #line: WaitingLine<J>;

  constructor(job: J, items: number, arrivedAt: number, deadline: number, line: WaitingLine<J>) {
    this.#line = line;
    this.job = job;
    this.end = items;
    this.arrivedAt = arrivedAt;
    this.deadline = deadline;
  }

  get items(): number {
    return this.end - this.start;
  }

  cancel(): boolean {
    if (!this.isIn) return false;
    this.#line.remove(this);
    return this.start === 0;
  }
}

/**
 * Jobs in the order in which they came. A chain and no array or Map: any of them may leave at any time, and what has left
 * holds on to nothing.
 */
export class WaitingLine<J> {
  readonly #mayJoin: (a: J, b: J) => boolean;
  #first: Waiting<J> | undefined;
  #last: Waiting<J> | undefined;
  #items = 0;
  #requests = 0;

  constructor(mayJoin: (a: J, b: J) => boolean) {
    this.#mayJoin = mayJoin;
  }

  get first(): Waiting<J> | undefined {
    return this.#first;
  }

  get items(): number {
    return this.#items;
  }

  get requests(): number {
    return this.#requests;
  }

  add(waiting: Waiting<J>): void {
    waiting.before = this.#last;
    if (this.#last === undefined) this.#first = waiting;
    else this.#last.after = waiting;
    this.#last = waiting;
    waiting.isIn = true;
    this.#items += waiting.items;
    this.#requests += 1;
  }

  remove(waiting: Waiting<J>): void {
    const { before, after } = waiting;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    // What follows the first one is asked about it once more, when a batch is cut.
    if (before !== undefined && after !== undefined) after.joins = undefined;
    waiting.before = undefined;
    waiting.after = undefined;
    waiting.isIn = false;
    this.#items -= waiting.items;
    this.#requests -= 1;
  }

  /** The first items of a job leave; the others stay where they are. */
  begin(waiting: Waiting<J>, items: number): void {
    waiting.start += items;
    this.#items -= items;
  }

  /** The first, and those after it that may be joined with it, until they have so many items. */
  head(items: number): Waiting<J>[] {
    const head: Waiting<J>[] = [];
    let found = 0;
    let previous: Waiting<J> | undefined;
    for (let waiting = this.#first; waiting !== undefined; waiting = waiting.after) {
      if (previous !== undefined && !this.joins(previous.job, waiting)) break;
      head.push(waiting);
      if ((found += waiting.items) >= items) break;
      previous = waiting;
    }
    return head;
  }

  /** Whether a job may be in one batch with the one that it follows. */
  joins(previous: J, waiting: Waiting<J>): boolean {
    return (waiting.joins ??= this.#mayJoin(previous, waiting.job));
  }
}

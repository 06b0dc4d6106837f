import type { Clock } from "../src/batching/clock.js";

interface Event {
  readonly time: number;
  /** Later ones of the same time come later. */
  readonly order: number;
  readonly call: () => void;
  isOff: boolean;
}

/** Time that goes by as fast as what happens in it is done. What is to happen at one time does so in the order of asking. */
export class VirtualClock implements Clock {
  /** A heap: nothing is before its parent, at half its index. */
  readonly #events: Event[] = [];
  #soon: (() => void)[] = [];
  #time = 0;
  #order = 0;

  now(): number {
    return this.#time;
  }

  at(time: number, wake: () => void): () => void {
    const event: Event = { time: Math.max(time, this.#time), order: (this.#order += 1), call: wake, isOff: false };
    this.#push(event);
    return () => {
      event.isOff = true;
    };
  }

  soon(wake: () => void): void {
    this.#soon.push(wake);
  }

  /** Resolves so many milliseconds later. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.at(this.#time + ms, resolve));
  }

  /** Lets everything happen up to a time. @default until nothing is left to happen */
  async run(until = Infinity): Promise<void> {
    for (;;) {
      // What promises have to say is said within the turn: the longest chain here takes fewer.
      for (let turn = 0; turn < 6; turn += 1) await Promise.resolve();
      const next = this.#events.at(0);
      if (this.#soon.length > 0 && (next === undefined || next.time > this.#time)) {
        const due = this.#soon;
        this.#soon = [];
        for (const wake of due) wake();
      } else if (next !== undefined && next.time <= until) {
        this.#pop();
        if (next.isOff) continue;
        this.#time = next.time;
        next.call();
      } else break;
    }
    if (until !== Infinity) this.#time = Math.max(this.#time, until);
  }

  #push(event: Event): void {
    const events = this.#events;
    let index = events.length;
    for (; index > 0; index = (index - 1) >> 1) {
      const parent = events.at((index - 1) >> 1) as Event;
      if (isBefore(parent, event)) break;
      events[index] = parent;
    }
    events[index] = event;
  }

  #pop(): void {
    const events = this.#events;
    const last = events.pop() as Event;
    const size = events.length;
    if (size === 0) return;
    let index = 0;
    for (let child = 1; child < size; child = 2 * index + 1) {
      if (child + 1 < size && isBefore(events.at(child + 1) as Event, events.at(child) as Event)) child += 1;
      if (isBefore(last, events.at(child) as Event)) break;
      events[index] = events.at(child) as Event;
      index = child;
    }
    events[index] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}

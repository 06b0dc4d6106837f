/** @typedef {{ time: number, order: number, call: () => void, isOff: boolean }} Event Later ones of the same time come later. */

/** Time that goes by as fast as what happens in it is done. What is to happen at one time does so in the order of asking. */
export class VirtualClock {
  /** A heap: nothing is before its parent, at half its index. @type {Event[]} */
  #events = [];
  /** @type {(() => void)[]} */
  #soon = [];
  #time = 0;
  #order = 0;

  now() {
    return this.#time;
  }

  at(time, wake) {
    const event = { time: Math.max(time, this.#time), order: (this.#order += 1), call: wake, isOff: false };
    this.#push(event);
    return () => {
      event.isOff = true;
    };
  }

  soon(wake) {
    this.#soon.push(wake);
  }

  sleep(ms) {
    return new Promise((resolve) => void this.at(this.#time + ms, resolve));
  }

  async run(until = Infinity) {
    for (;;) {
      // What promises have to say is said within the turn: the longest chain here takes fewer.
      for (let turn = 0; turn < 6; turn += 1) await Promise.resolve();
      const next = this.#events[0];
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

  #push(event) {
    const events = this.#events;
    let index = events.length;
    for (; index > 0; index = (index - 1) >> 1) {
      const parent = events[(index - 1) >> 1];
      if (isBefore(parent, event)) break;
      events[index] = parent;
    }
    events[index] = event;
  }

  #pop() {
    const events = this.#events;
    const last = events.pop();
    const size = events.length;
    if (size === 0) return;
    let index = 0;
    for (let child = 1; child < size; child = 2 * index + 1) {
      if (child + 1 < size && isBefore(events[child + 1], events[child])) child += 1;
      if (isBefore(last, events[child])) break;
      events[index] = events[child];
      index = child;
    }
    events[index] = last;
  }
}

function isBefore(a, b) {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}

import { longestTimerMs } from "../limits.js";

/** What time it is, and a call back later on. Milliseconds of one clock that only goes forward. */
export interface Clock {
  now(): number;
  /** Calls back once, at that time or soon after. @returns what calls it off */
  at(time: number, wake: () => void): () => void;
  /** Calls back at the end of this turn of the event loop, when everything that has arrived was read. */
  soon(wake: () => void): void;
}

/** One call back that is due. */
class Alarm {
  readonly #time: number;
  readonly #wake: () => void;
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;

  constructor(time: number, wake: () => void) {
    this.#time = time;
    this.#wake = wake;
    this.#wait();
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
  }

  /** A timer knows whole milliseconds only, and may come early; what is less than one goes by in turns of the event loop. */
  #wait(): void {
    const leftMs = this.#time - performance.now();
    if (leftMs >= 1) this.#timer = setTimeout(() => this.#check(), Math.min(Math.floor(leftMs), longestTimerMs)).unref();
    else this.#turn = setImmediate(() => this.#check());
  }

  #check(): void {
    if (performance.now() >= this.#time) this.#wake();
    else this.#wait();
  }
}

/** The clock on the wall. Its calls back do not keep a process alive: whoever waits for an answer does. */
export const realClock: Clock = {
  now: () => performance.now(),
  at(time, wake) {
    const alarm = new Alarm(time, wake);
    return () => alarm.stop();
  },
  soon(wake) {
    setImmediate(wake);
  },
};

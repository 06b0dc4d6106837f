import type { KillMoment, WorkerTimes } from "./killed-worker.js";

const measuredAtFirst = 5;
const killsPerMeasurement = 8;
/** Has no divisor in common with half the kills. */
const stride = 37;

/**
 * How long the work takes undisturbed, measured again and again between the kills: on a machine that does other things
 * too, what was true at first is wrong after a minute.
 */
export class Stopwatch {
  readonly #measure: (index: number) => Promise<WorkerTimes>;
  readonly #times: WorkerTimes[] = [];

  constructor(measure: (index: number) => Promise<WorkerTimes>) {
    this.#measure = measure;
  }

  /** Medians of the last few measurements. */
  async times(kill: number): Promise<WorkerTimes> {
    const wanted = measuredAtFirst + Math.floor(kill / killsPerMeasurement);
    while (this.#times.length < wanted) this.#times.push(await this.#measure(this.#times.length));
    const last = this.#times.slice(-measuredAtFirst);
    return { turn: median(last.map(({ turn }) => turn)), done: median(last.map(({ done }) => done)) };
  }

  /** Medians of all measurements. */
  overall(): WorkerTimes {
    return { turn: median(this.#times.map(({ turn }) => turn)), done: median(this.#times.map(({ done }) => done)) };
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

/**
 * The moment of one kill of many. Every other one is spread evenly over the time before the turn (the rename), every
 * other one over the time from there to a little after the end: evenly over the whole, few would fall behind the turn.
 * The latter count from the turn itself, which comes a little sooner or later each time.
 */
export function momentOf(kill: number, kills: number, { turn, done }: WorkerTimes): KillMoment {
  // A fixed stride that visits every part once, so that early and late moments mix over the minutes of the test.
  const part = (((Math.floor(kill / 2) * stride) % (kills / 2)) + 0.5) / (kills / 2);
  const rest = Math.max(done - turn, turn * 0.1);
  return kill % 2 === 0 ? { from: "start", afterMs: part * turn } : { from: "turn", afterMs: part * rest };
}

import type { SeriesFigures } from "../http/figures.js";
import { innerSecondsBounds, Tally } from "../http/tally.js";

/** What was counted of the calls of one priority. */
export interface PriorityFigures {
  readonly priority: number;
  /** Calls that wait for a place now. */
  readonly waiting: number;
  /** From when a call came to when it got a place. Seconds. */
  readonly waits: SeriesFigures;
}

/** Counts how long calls wait for their places: plain numbers, which become metrics when somebody asks for them. */
export class LineCounter {
  readonly #waits = new Map<number, Tally>();
  /** Asked for the calls of one priority that wait, by whoever holds them. */
  waiting: (priority: number) => number = () => 0;

  /** A call of that priority is there: from now on there is something to tell of it. */
  knows(priority: number): void {
    if (!this.#waits.has(priority)) this.#waits.set(priority, new Tally(innerSecondsBounds));
  }

  /** A call got its place, having waited so long. */
  waited(priority: number, ms: number): void {
    this.#waits.get(priority)?.add(ms / 1000);
  }

  /** What was counted, the most urgent first. */
  figures(): readonly PriorityFigures[] {
    const byPriority = [...this.#waits].toSorted(([a], [b]) => a - b);
    return byPriority.map(([priority, waits]) => ({ priority, waiting: this.waiting(priority), waits }));
  }
}

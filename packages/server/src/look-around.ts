import type { Clock } from "./batching/clock.js";

/** So long the event loop may be kept before it is let go on. Milliseconds. */
export const longestTurnMs = 5;
/** So many turns in which nothing new came, and all that had come is in. */
const quietTurns = 2;

/** What there is to look around with. */
export interface LookAroundOptions {
  readonly clock: Pick<Clock, "now" | "soon">;
  /** How many calls have ever come. */
  readonly came: () => number;
  /** Told when it is done. */
  readonly done: () => void;
}

/**
 * Lets the event loop go on until all who have come are seen.
 *
 * One turn is not enough: in each, Node takes a single new connection, and it reads from it in the next. Where a method
 * keeps the event loop for a while and is called again after one turn, a hundred connections wait for a hundred calls
 * before anybody knows of them, and before any clock of theirs begins to run.
 */
export class LookAround {
  readonly #options: LookAroundOptions;
  readonly #onTurn = (): void => this.#turned();
  #isOn = false;
  #quiet = 0;
  #came = 0;
  #until = 0;

  constructor(options: LookAroundOptions) {
    this.#options = options;
  }

  /** Whether it goes on. */
  get isOn(): boolean {
    return this.#isOn;
  }

  /**
   * Begins, unless it has begun.
   * @param keptMs how long the event loop was kept: however many come, this takes no longer
   */
  start(keptMs: number): void {
    if (this.#isOn) return;
    const { clock, came } = this.#options;
    this.#isOn = true;
    this.#quiet = 0;
    this.#came = came();
    this.#until = clock.now() + Math.max(longestTurnMs, keptMs);
    clock.soon(this.#onTurn);
  }

  #turned(): void {
    const { clock, came, done } = this.#options;
    const count = came();
    this.#quiet = count === this.#came ? this.#quiet + 1 : 0;
    this.#came = count;
    if (this.#quiet < quietTurns && clock.now() < this.#until) return clock.soon(this.#onTurn);
    this.#isOn = false;
    done();
  }
}

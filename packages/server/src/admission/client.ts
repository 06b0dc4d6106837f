import type { Seat } from "./seat.js";

/** Whoever shares a priority's part of the service with others. */
export class Client {
  readonly key: string;
  /** How much it has had, in milliseconds of places: whoever has had least goes next. */
  had = 0;
  /** Calls that have a place. */
  running = 0;
  /** Calls that wait. */
  waiting = 0;
  /** Where it stands among those who wait. */
  turnIndex = -1;
  sizeIndex = -1;
  #first: Seat | undefined;
  #last: Seat | undefined;

  constructor(key: string) {
    this.key = key;
  }

  /** Whether it has any call here. */
  get isHere(): boolean {
    return this.running > 0 || this.waiting > 0;
  }

  /** The call that waits longest. */
  get first(): Seat | undefined {
    return this.#first;
  }

  /** The one that came last. */
  get last(): Seat | undefined {
    return this.#last;
  }

  add(seat: Seat): void {
    seat.before = this.#last;
    if (this.#last === undefined) this.#first = seat;
    else this.#last.after = seat;
    this.#last = seat;
    seat.isWaiting = true;
    this.waiting += 1;
  }

  /** What has left holds on to nothing. */
  remove(seat: Seat): void {
    const { before, after } = seat;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    seat.before = undefined;
    seat.after = undefined;
    seat.isWaiting = false;
    this.waiting -= 1;
  }
}

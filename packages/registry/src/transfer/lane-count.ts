/** Over how long a rate is measured at least. Milliseconds. */
const windowMs = 250;
/** By how much a rate must differ to count as another one. */
const margin = 0.05;
/** For how many measurements the number stays after it turned out to be too high. */
const restWindows = 8;

/** How many lanes a transfer should have: feels its way up while each lane more makes it faster. */
export class LaneCount {
  readonly #most: number;
  readonly #now: () => number;
  #count: number;
  #begun: number;
  #bytes = 0;
  #finished = 0;
  /** Bytes a millisecond, with one lane less. */
  #before = 0;
  #rest = 0;

  constructor(start: number, most: number, now: () => number = () => performance.now()) {
    this.#count = start;
    this.#most = most;
    this.#now = now;
    this.#begun = now();
  }

  get count(): number {
    return this.#count;
  }

  /** A part is through. */
  finished(bytes: number): void {
    this.#bytes += bytes;
    this.#finished += 1;
    const passed = this.#now() - this.#begun;
    if (passed < windowMs || this.#finished < this.#count) return;
    const rate = this.#bytes / passed;
    this.#measureAnew();
    if (this.#rest > 0) this.#rest -= 1;
    else if (rate > this.#before * (1 + margin)) this.#grow(rate);
    else this.#shrink();
  }

  /** The peer is not well. */
  trouble(): void {
    this.#count = Math.max(1, Math.floor(this.#count / 2));
    this.#before = 0;
    this.#rest = restWindows;
    this.#measureAnew();
  }

  #grow(rate: number): void {
    this.#before = rate;
    if (this.#count < this.#most) this.#count += 1;
    else this.#rest = restWindows;
  }

  /** The last lane brought nothing. Another try is made later, as the network may be another one by then. */
  #shrink(): void {
    this.#count = Math.max(1, this.#count - 1);
    this.#before = 0;
    this.#rest = restWindows;
  }

  #measureAnew(): void {
    this.#begun = this.#now();
    this.#bytes = 0;
    this.#finished = 0;
  }
}

/** How much of what is known each further gap leaves: the last thirty or so count. */
const memory = 1 / 32;
/** So many times as long as expected, a gap says that other times have begun: steady arrivals show one in three thousand. */
const pause = 8;

/** Expects the next request: the time between two of them, from those that came. Milliseconds. */
export class ArrivalGap {
  #last: number | undefined;
  #gapMs = Infinity;

  /** One arrived. */
  arrived(now: number): void {
    const last = this.#last;
    this.#last = now;
    if (last === undefined) return;
    const gap = Math.max(0, now - last);
    // After a pause nothing is left of what was before it.
    this.#gapMs = this.#gapMs === Infinity || gap > pause * this.#gapMs ? gap : this.#gapMs + (gap - this.#gapMs) * memory;
  }

  /** The time from now to the next one; once none has come for longer than expected, it counts as if it came now. */
  expectedMs(now: number): number {
    if (this.#last === undefined || this.#gapMs === Infinity) return Infinity;
    const silence = now - this.#last;
    if (silence <= this.#gapMs) return this.#gapMs;
    return silence > pause * this.#gapMs ? silence : this.#gapMs + (silence - this.#gapMs) * memory;
  }
}

/** How much of what is known each further gap leaves: the last thirty or so count. */
const memory = 1 / 32;
/** So many times as long as expected, a gap says that other times have begun: steady arrivals show one in three thousand. */
const change = 8;
/** So many times as long as expected, a silence may last on: steady arrivals show one in twenty. */
const pause = 3;
/** How much of what is known of those that come back each further batch leaves. */
const returnMemory = 1 / 8;

/**
 * Expects the next request: the time until it comes, from when others came. Milliseconds.
 *
 * Many callers ask again as soon as they are answered. So after each batch as many requests as it had are counted, with
 * the time they took to come: where that is short, the next ones are near, however long no one came before.
 */
export class ArrivalGap {
  #last: number | undefined;
  #gapMs = Infinity;
  /** When a batch was answered last, how many it had, and of as many how many have come since, after how long together. */
  #answeredAt = -Infinity;
  #answered = 0;
  #came = 0;
  #cameMs = 0;
  /** How long those take that come after an answer, as many as were answered. */
  #returnMs = Infinity;

  /** One arrived. */
  arrived(now: number): void {
    if (this.#came < this.#answered) {
      this.#came += 1;
      this.#cameMs += now - this.#answeredAt;
    }
    const last = this.#last;
    this.#last = now;
    if (last === undefined) return;
    const gap = Math.max(0, now - last);
    // After a pause nothing is left of what was before it.
    this.#gapMs = this.#gapMs === Infinity || gap > change * this.#gapMs ? gap : this.#gapMs + (gap - this.#gapMs) * memory;
  }

  /** So many requests were answered. */
  answered(now: number, requests: number): void {
    if (this.#answered > 0) {
      const missing = (this.#answered - this.#came) * (now - this.#answeredAt);
      const ms = (this.#cameMs + missing) / this.#answered;
      this.#returnMs = this.#returnMs === Infinity ? ms : this.#returnMs + (ms - this.#returnMs) * returnMemory;
    }
    this.#answeredAt = now;
    this.#answered = requests;
    this.#came = 0;
    this.#cameMs = 0;
  }

  /** The time from now to the next one. What has been silent for long is expected to stay so as long again. */
  expectedMs(now: number): number {
    const steady = this.#steadyMs(now);
    if (this.#came >= this.#answered || now - this.#answeredAt > pause * this.#returnMs) return steady;
    return Math.min(steady, (2 * this.#returnMs) / this.#answered);
  }

  #steadyMs(now: number): number {
    if (this.#last === undefined || this.#gapMs === Infinity) return Infinity;
    const silence = now - this.#last;
    return silence > pause * this.#gapMs ? silence : this.#gapMs;
  }
}

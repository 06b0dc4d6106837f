/** Fewer calls say too little of how long the next one takes. */
const fewestSamples = 4;
/** What a time above the present estimate adds to it, and one below it takes away: where nine of ten are below, both are even. */
const up = 1.09;
const down = 0.99;
/** What one call adds to the mean. */
const weight = 1 / 16;

/** How long the calls of one endpoint take, learned from those that ended; it follows within some dozens of calls. Milliseconds. */
export class RunTimes {
  #samples = 0;
  #answerMs = Infinity;
  #placeMs = 0;

  /** Within this, nine of ten calls are answered; 0 while nothing is known. */
  get answerMs(): number {
    return this.#samples < fewestSamples ? 0 : this.#answerMs;
  }

  /** How long a call keeps its place on average; 0 while nothing is known. */
  get placeMs(): number {
    return this.#placeMs;
  }

  /** A call was answered, or its stream began. */
  answered(ms: number): void {
    this.#samples += 1;
    // The first calls of a process take longest, and say least.
    if (this.#samples <= fewestSamples) this.#answerMs = Math.min(this.#answerMs, Math.max(ms, 1e-3));
    else this.#answerMs *= ms > this.#answerMs ? up : down;
  }

  /** A call failed. One that did so sooner than others are answered says nothing of how long an answer takes. */
  failed(ms: number): void {
    if (ms > this.#answerMs) this.answered(ms);
  }

  /** A call gave its place back. */
  left(ms: number): void {
    this.#placeMs += this.#samples <= 1 && this.#placeMs === 0 ? ms : (ms - this.#placeMs) * weight;
  }
}

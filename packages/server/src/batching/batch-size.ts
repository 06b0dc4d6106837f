/** Batches by which a size is judged, of those that follow one of the same size while more than enough waits; for each that runs at a time. */
const enough = 6;
/** Something is tried where so many batches wait: nobody feels then that one of them is small. */
const plenty = 2;
/** What is as bad as this shows sooner: after so few. */
const few = 3;
const hopeless = 0.85;
/** After so many batches a size is given up of which too few can be judged: other requests come between them. */
const patience = 4 * enough;
/** A size has to answer so many times as much as the best one so far, twice in a row: less is chance, and worth little. */
const better = 1.05;
/** What a batch may take less than expected. */
const doubt = 0.7;
/** After so many batches all that was found is forgotten, and looked for anew: methods change. */
const memory = 4000;

/** What batches of one size did. */
class Pace {
  batches = 0;
  items = 0;
  ms = 0;

  add(items: number, ms: number): void {
    this.batches += 1;
    this.items += items;
    this.ms += ms;
  }

  get perMs(): number {
    return this.ms > 0 ? this.items / this.ms : Infinity;
  }

  get meanMs(): number {
    return this.ms / this.batches;
  }
}

/**
 * How large batches are best made where more waits than fits in one: as large as they may be, unless smaller ones answer
 * more a second, as where a method takes a step at some size.
 *
 * While more waits than fits, eight sizes are tried one after the other, each for a few batches, against the best one
 * before it. Sizes that could not be better are left out: no batch is done sooner than a smaller one.
 */
export class BatchSize {
  readonly #most: number;
  readonly #expectedMs: (items: number) => number | undefined;
  /** Smallest first. */
  readonly #sizes: readonly number[];
  #best: number;
  #trial: number | undefined;
  /** One that was found to be better once. */
  #promising: number | undefined;
  #bestPace = new Pace();
  #trialPace = new Pace();
  /** Batches of the size that is tried, judged or not. */
  #trialBatches = 0;
  /** How long a batch of each size that was tried takes, or at least takes as far as is known, in times of one of the best size. */
  readonly #tried = new Map<number, number>();
  #batches = 0;
  /** Of the batch that was done last: when, how large it might be, as how many before it, and whether more than enough waited. */
  #at = 0;
  #size = 0;
  #alike = 0;
  #wasFull = false;
  #atOnce = 1;

  /**
   * @param most items that a batch may have at all
   * @param expectedMs what is known of how long a batch takes; far worse sizes need not be tried then
   */
  constructor(most: number, expectedMs: (items: number) => number | undefined) {
    this.#most = most;
    this.#expectedMs = expectedMs;
    this.#sizes = [...new Set([1, 2, 3, 4, 5, 6, 7, 8].map((eighths) => Math.ceil((most * eighths) / 8)))];
    this.#best = most;
  }

  /** The best size that was found. */
  get best(): number {
    return this.#best;
  }

  /** Items that the next batch is to have at most, where so many wait. */
  next(queuedItems: number): number {
    return queuedItems >= plenty * this.#most ? (this.#trial ?? this.#best) : this.#best;
  }

  /**
   * A batch is done.
   * @param size what {@link BatchSize.next} said of it; 0 where it says nothing
   * @param items items that it had
   * @param now milliseconds
   * @param queuedItems what waits
   * @param atOnce batches that ran, this one among them
   */
  done(size: number, items: number, now: number, queuedItems: number, atOnce: number): void {
    this.#atOnce = atOnce;
    const ms = now - this.#at;
    // The time since the one before is what it took only where it began at once, and all that ran with it were of its kind.
    const alike = size === this.#size ? this.#alike : 0;
    const isMeasured = this.#wasFull && alike >= atOnce;
    this.#at = now;
    this.#size = size;
    this.#alike = alike + 1;
    this.#wasFull = queuedItems >= this.#most;
    if (size === this.#trial) this.#trialBatches += 1;
    if (isMeasured) this.#measured(size, items, ms);
    if (this.#trial !== undefined && this.#trialBatches > patience * atOnce) this.#giveUp(this.#trial);
  }

  /** Nothing is known of a size, nor will be soon. */
  #giveUp(size: number): void {
    this.#tried.set(size, 0);
    this.#promising = undefined;
    this.#trial = undefined;
    this.#bestPace = new Pace();
  }

  #measured(size: number, items: number, ms: number): void {
    this.#batches += 1;
    if (this.#batches > memory) {
      this.#batches = 0;
      this.#tried.clear();
    }
    if (size === this.#trial) {
      this.#trialPace.add(items, ms);
      this.#judge(size);
    } else if (size === this.#best && this.#trial === undefined) {
      this.#bestPace.add(items, ms);
      if (this.#bestPace.batches >= enough * this.#atOnce) this.#choose();
    }
  }

  #choose(): void {
    this.#trial = this.#promising ?? this.#untried();
    this.#trialPace = new Pace();
    this.#trialBatches = 0;
    // With nothing to hold against it, it is measured anew.
    if (this.#trial === undefined) this.#bestPace = new Pace();
  }

  /** The smallest size that was not tried and might be better. */
  #untried(): number | undefined {
    const bestMs = this.#expectedMs(this.#best);
    let atLeast = 0;
    for (const size of this.#sizes) {
      if (size === this.#best) atLeast = Math.max(atLeast, 1);
      else {
        const tried = this.#tried.get(size);
        // Both as expected: where several batches run at once, none of them takes as long as lies between their ends.
        const expectedMs = tried === undefined && bestMs !== undefined ? this.#expectedMs(size) : undefined;
        atLeast = Math.max(atLeast, tried ?? (expectedMs === undefined ? 0 : (doubt * expectedMs) / (bestMs as number)));
        if (tried !== undefined) continue;
        if (size > better * this.#best * atLeast) return size;
        // What is known now may be forgotten when it is asked for again.
        if (expectedMs !== undefined) this.#tried.set(size, atLeast);
      }
    }
    return undefined;
  }

  #judge(size: number): void {
    const gain = this.#trialPace.perMs / this.#bestPace.perMs;
    const { batches } = this.#trialPace;
    if (batches < few * this.#atOnce || (batches < enough * this.#atOnce && gain > hopeless)) return;
    const timesMs = this.#trialPace.meanMs / this.#bestPace.meanMs;
    const isBetter = gain > better;
    const isCertain = isBetter && size === this.#promising;
    if (isCertain) this.#adopt(size, timesMs);
    else if (!isBetter) this.#tried.set(size, timesMs);
    this.#promising = isBetter && !isCertain ? size : undefined;
    this.#trial = undefined;
    this.#bestPace = new Pace();
  }

  #adopt(size: number, timesMs: number): void {
    this.#tried.set(this.#best, 1);
    for (const [tried, ms] of this.#tried) this.#tried.set(tried, ms / timesMs);
    this.#tried.delete(size);
    this.#best = size;
  }
}

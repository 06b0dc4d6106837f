import type { BatchCost } from "@bento/core";

/** How much of what is known each further batch leaves: the last sixty or so count. */
const memory = 31 / 32;
/** How strongly the slope holds on to what it was, against how much the sizes of batches vary. */
const hold = 0.01;
/** A batch so many times slower or faster than expected says nothing yet ... */
const surprise = 1.6;
/** ... but so many in a row say that the method has another speed now. */
const surprises = 3;
/** What one batch alone may at most be mistaken for, in times of what was expected. */
const mostSway = 2;
/** A batch is like others that are at most so many times as large or small. */
const familiar = 1.5;
/** From so many batches on there is something to expect. */
const fewest = 4;

interface Sample {
  readonly items: number;
  readonly ms: number;
  readonly side: -1 | 1;
}

/**
 * Learns what batches of a method cost, as `fixedMs + perItemMs * items`, while they run.
 *
 * A weighted least squares fit over the last batches, newer ones counting more, through their mean point; neither part is
 * ever negative. The slope is drawn to what it was before, so that batches of one and the same size teach what they can,
 * their own cost, and leave alone what they cannot. A method that suddenly has another speed keeps its shape: three
 * batches that surprise in the same direction scale everything that is known.
 */
export class CostModel {
  #samples = 0;
  // Sums over the batches, each with its weight: of 1, items, items squared, milliseconds, milliseconds times items.
  #weight = 0;
  #n = 0;
  #nn = 0;
  #d = 0;
  #dn = 0;
  #slope = 0;
  /** What sizes there were lately. */
  #smallest = Infinity;
  #largest = 0;
  /** Batches in a row that all took unexpectedly long, or all unexpectedly short: nothing was learned from them yet. */
  #odd: Sample[] = [];
  #cost: BatchCost = { fixedMs: 0, perItemMs: 0, samples: 0, smallest: 0 };

  /** What is known. */
  get cost(): BatchCost {
    return this.#cost;
  }

  /** What a batch is expected to take. Milliseconds. */
  expectedMs(items: number): number {
    return this.#cost.fixedMs + this.#cost.perItemMs * items;
  }

  /** Whether batches of about this size were seen lately: of others nobody knows whether size or speed made them surprise. */
  knows(items: number): boolean {
    return items * familiar >= this.#smallest && items <= this.#largest * familiar;
  }

  /** A batch took so long. What cannot be is left out: no items, or no time that can be measured. */
  learn(items: number, ms: number): void {
    if (!(items > 0) || !(ms >= 0) || ms === Infinity) return;
    this.#samples += 1;
    const isFamiliar = this.knows(items);
    const side = isFamiliar ? this.#surprise(items, ms) : 0;
    const [odd] = this.#odd;
    if (isFamiliar && odd !== undefined && side !== odd.side) this.#settle(false);
    if (side === 0) this.#add(items, ms);
    else {
      this.#odd.push({ items, ms, side });
      if (this.#odd.length === surprises) this.#settle(true);
    }
    this.#fit();
  }

  /** 1 where a batch took far longer than expected, -1 where far shorter, else 0. */
  #surprise(items: number, ms: number): -1 | 0 | 1 {
    const expected = this.expectedMs(items);
    if (this.#cost.samples < fewest || !(expected > 0)) return 0;
    return ms > expected * surprise ? 1 : ms < expected / surprise ? -1 : 0;
  }

  /** Learns from the odd ones: as they were where the method has another speed, else not much. */
  #settle(isNewSpeed: boolean): void {
    const samples = this.#odd;
    this.#odd = [];
    if (isNewSpeed) {
      let sum = 0;
      for (const { items, ms } of samples) sum += Math.log(Math.max(ms / this.expectedMs(items), 1e-6));
      this.#scale(Math.exp(sum / samples.length));
    }
    for (const { items, ms } of samples) {
      const expected = this.expectedMs(items);
      this.#add(items, isNewSpeed ? ms : Math.min(Math.max(ms, expected / mostSway), expected * mostSway));
    }
  }

  #scale(factor: number): void {
    this.#d *= factor;
    this.#dn *= factor;
    this.#slope *= factor;
  }

  /** Small batches weigh more: what large ones vary by grows with them. */
  #add(items: number, ms: number): void {
    const weight = 1 / items;
    this.#smallest = Math.min(items, this.#smallest * (2 - memory));
    this.#largest = Math.max(items, this.#largest * memory);
    this.#weight = this.#weight * memory + weight;
    this.#n = this.#n * memory + weight * items;
    this.#nn = this.#nn * memory + weight * items * items;
    this.#d = this.#d * memory + weight * ms;
    this.#dn = this.#dn * memory + weight * items * ms;
  }

  #fit(): void {
    const items = this.#n / this.#weight;
    const ms = this.#d / this.#weight;
    const variance = Math.max(0, this.#nn / this.#weight - items * items);
    const covariance = this.#dn / this.#weight - items * ms;
    const held = hold * items * items;
    const slope = (covariance + held * this.#slope) / (variance + held);
    this.#slope = Math.min(Math.max(0, slope), ms / items);
    this.#cost = {
      fixedMs: Math.max(0, ms - this.#slope * items),
      perItemMs: this.#slope,
      samples: this.#samples,
      smallest: this.#smallest,
    };
  }
}

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
/** From so many batches on there is something to expect. */
const fewest = 4;

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
  /** Batches in a row that took unexpectedly long (above zero) or short (below), and the logarithm of by how much. */
  #streak = 0;
  #sway = 0;
  #cost: BatchCost = { fixedMs: 0, perItemMs: 0, samples: 0 };

  /** What is known. */
  get cost(): BatchCost {
    return this.#cost;
  }

  /** What a batch is expected to take. Milliseconds. */
  expectedMs(items: number): number {
    return this.#cost.fixedMs + this.#cost.perItemMs * items;
  }

  /** A batch took so long. What cannot be is left out: no items, or no time that can be measured. */
  learn(items: number, ms: number): void {
    if (!(items > 0) || !(ms >= 0) || ms === Infinity) return;
    this.#add(items, this.#judged(items, ms));
    this.#samples += 1;
    this.#fit();
  }

  /** What to learn from a batch: less than it says where it surprises; scales everything when that goes on. */
  #judged(items: number, ms: number): number {
    const expected = this.expectedMs(items);
    if (this.#samples < fewest || !(expected > 0) || !this.#isFamiliar(items)) return ms;
    const ratio = Math.max(ms / expected, 1e-6);
    const side = ratio > surprise ? 1 : ratio < 1 / surprise ? -1 : 0;
    if (side === 0 || side * this.#streak < 0) this.#streak = this.#sway = 0;
    if (side === 0) return ms;
    this.#streak += side;
    this.#sway += Math.log(ratio);
    if (Math.abs(this.#streak) < surprises) return Math.min(Math.max(ms, expected / mostSway), expected * mostSway);
    this.#scale(Math.exp(this.#sway / surprises));
    this.#streak = this.#sway = 0;
    return ms;
  }

  /** Whether batches of about this size were seen before: of others nobody knows whether size or speed made them surprise. */
  #isFamiliar(items: number): boolean {
    const mean = this.#n / this.#weight;
    const variance = this.#nn / this.#weight - mean * mean;
    return (items - mean) ** 2 <= 4 * variance + 0.01 * mean * mean;
  }

  #scale(factor: number): void {
    this.#d *= factor;
    this.#dn *= factor;
    this.#slope *= factor;
  }

  /** Small batches weigh more: what large ones vary by grows with them. */
  #add(items: number, ms: number): void {
    const weight = 1 / items;
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
    this.#cost = { fixedMs: Math.max(0, ms - this.#slope * items), perItemMs: this.#slope, samples: this.#samples };
  }
}

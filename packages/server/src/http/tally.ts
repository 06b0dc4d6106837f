/** Upper bounds in seconds for parts of what a request takes: finer than BentoML's, which begin at 5 ms. */
export const innerSecondsBounds = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120,
] as const;

/** Numbers of one kind, counted by how large they are: what a histogram is made of. */
export class Tally {
  count = 0;
  sum = 0;
  /** How many by the first bound that they are not above; the last is for those that are above all. */
  readonly buckets: number[];
  readonly #bounds: readonly number[];

  /** @param bounds upper ones, ascending */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.buckets = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  add(value: number): void {
    this.count += 1;
    this.sum += value;
    const bounds = this.#bounds;
    let bucket = 0;
    // Most fit in the first few; a search by halves would be no faster.
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1;
    this.buckets[bucket] = (this.buckets[bucket] as number) + 1;
  }
}

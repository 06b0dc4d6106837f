/** How long the past counts. Milliseconds. */
const windowMs = 5000;
/** So many changes count however long ago they were: work on large blocks moves in rare leaps. */
const minSamples = 3;

/** Before that much time has passed, a rate would be a guess. Milliseconds. */
const firstMs = 500;

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

/** Bytes per second, over the last seconds. */
export class RateMeter {
  /** When it was how far; what stood still in between adds nothing. */
  readonly #samples: Sample[] = [];

  /** Notes how far it is, and answers with the rate; `undefined` until something has moved and time has passed. */
  add(bytes: number, atMs: number): number | undefined {
    // Work that begins anew says nothing of what it did before.
    if (bytes < (this.#samples.at(-1)?.bytes ?? 0)) this.#samples.length = 0;
    if (bytes !== this.#samples.at(-1)?.bytes) this.#samples.push({ atMs, bytes });
    while (this.#samples.length > minSamples && (this.#samples[1] as Sample).atMs <= atMs - windowMs) this.#samples.shift();
    const first = this.#samples[0] as Sample;
    if (this.#samples.length === 1 || atMs - first.atMs < firstMs) return undefined;
    return ((bytes - first.bytes) / (atMs - first.atMs)) * 1000;
  }
}

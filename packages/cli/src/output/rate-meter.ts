/** How long the past counts. Milliseconds. */
const windowMs = 5000;

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

/** Bytes per second, over the last seconds. */
export class RateMeter {
  #samples: Sample[] = [];

  /** Notes how far it is, and answers with the rate; `undefined` until time has passed. */
  add(bytes: number, atMs: number): number | undefined {
    this.#samples.push({ atMs, bytes });
    // One sample from before the window stays, so that slow ones have something to be compared with.
    while (this.#samples.length > 2 && (this.#samples[1] as Sample).atMs <= atMs - windowMs) this.#samples.shift();
    const first = this.#samples[0] as Sample;
    return atMs === first.atMs ? undefined : ((bytes - first.bytes) / (atMs - first.atMs)) * 1000;
  }
}

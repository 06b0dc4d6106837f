// When requests come: the times of so many of them, in milliseconds, at a mean rate. The same seed gives the same times.

/** @typedef {(perMs: number, count: number, seed: number) => Float64Array} Arrivals */

/** @type {Record<string, Arrivals>} */
export const arrivals = {
  /** Each on its own, at a rate that stays. */
  Poisson: (perMs, count, seed) => varying(count, seed, perMs, () => perMs),

  /** A fifth of the time, in bursts of 100 ms on average, three times the mean rate; half of it in between. */
  bursty(perMs, count, seed) {
    const random = randomFrom(seed + 1);
    let isBurst = false;
    let until = 0;
    return varying(count, seed, 3 * perMs, (now) => {
      while (now >= until) {
        isBurst = !isBurst;
        until += -Math.log(1 - random()) * (isBurst ? 100 : 400);
      }
      return perMs * (isBurst ? 3 : 0.5);
    });
  },

  /** From nothing to twice the mean rate and back, over and over: once in a thousand milliseconds. */
  ramping: (perMs, count, seed) => varying(count, seed, 2 * perMs, (now) => perMs * (1 - Math.cos((now / 1000) * 2 * Math.PI))),
};

/** Numbers from 0 to 1 that are the same in every run (mulberry32). @param {number} seed */
export function randomFrom(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A Poisson process whose rate changes with time, by thinning one of the highest rate. */
function varying(count, seed, most, perMsAt) {
  const random = randomFrom(seed);
  const times = new Float64Array(count);
  let now = 0;
  for (let found = 0; found < count;) {
    now += -Math.log(1 - random()) / most;
    if (random() * most < perMsAt(now)) times[found++] = now;
  }
  return times;
}

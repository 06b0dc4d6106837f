/** @typedef {{ atMs: number, length: number, seed: number }} Arrival */

/**
 * Calls as they come by chance, always the same: the gaps between them exponential, their lengths anything from the
 * shortest to the longest.
 * @param {{ perSecond: number, calls: number, shortest: number, longest: number }} options
 * @returns {Arrival[]}
 */
export function poissonArrivals({ perSecond, calls, shortest, longest }) {
  const next = generator(20_261_122);
  let atMs = 0;
  return Array.from({ length: calls }, (_, at) => {
    atMs += (-Math.log(1 - next()) / perSecond) * 1000;
    return { atMs, length: shortest + Math.floor(next() * (longest - shortest + 1)), seed: at + 1 };
  });
}

/** Numbers from 0 to before 1 (mulberry32). @param {number} seed */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

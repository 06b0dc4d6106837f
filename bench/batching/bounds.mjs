import { bestPerMs } from "./costs.mjs";
import { figuresOf } from "./simulate.mjs";

/**
 * The most requests that anybody could answer in time, who knows what calls cost and when everything comes.
 *
 * A batch of n that takes c(n) is n requests of c(n) / n each, one after the other, none of them sooner done than in the best
 * batch. So nobody does better than a machine that answers one at a time in the time that each takes in the best batch;
 * and of such a machine first come first served, without those that would be late, is the most.
 */
export function mostInTime(times, shape) {
  const eachMs = 1 / bestPerMs(shape);
  let free = 0;
  let good = 0;
  const last = times[times.length - 1];
  for (const time of times) {
    const end = Math.max(free, time) + eachMs;
    if (end > Math.min(time + shape.maxLatencyMs, last)) continue;
    free = end;
    good += 1;
  }
  return good;
}

/**
 * The least that requests wait on average: of all policies that run once so many wait, or once the first could not wait
 * longer, the best one, chosen after the fact for these very requests. For arrivals at a steady rate, and a cost that is the
 * same for all sizes, no policy is better than the best of them (Deb and Serfozo, 1973).
 */
export function leastWait(times, shape) {
  let best;
  for (const threshold of [1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64]) {
    const figures = runAt(threshold, times, shape);
    if (best === undefined || figures.good > best.good * 1.001 || (figures.good >= best.good * 0.999 && figures.meanMs < best.meanMs))
      best = { threshold, ...figures };
  }
  return best;
}

function runAt(threshold, times, { costMs, maxBatchSize, maxLatencyMs }) {
  const endedAt = new Float64Array(times.length).fill(NaN);
  const count = times.length;
  let free = 0;
  for (let first = 0; first < count;) {
    const limit = times[first] + maxLatencyMs;
    const enough = times[Math.min(first + threshold, count) - 1];
    const latest = limit - costMs(threshold);
    const start = Math.max(free, Math.min(enough, Math.max(latest, times[first])));
    let items = 0;
    while (items < maxBatchSize && first + items < count && times[first + items] <= start) items += 1;
    while (items > 1 && start + costMs(items) > limit) items -= 1;
    if (start + costMs(items) > limit) {
      first += 1;
      continue;
    }
    free = start + costMs(items);
    for (let job = first; job < first + items; job += 1) endedAt[job] = free;
    first += items;
  }
  return figuresOf(times, endedAt, maxLatencyMs);
}

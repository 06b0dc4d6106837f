import { VirtualClock } from "./virtual-clock.mjs";

/**
 * One worker, and requests of one item each that come when they come, on a clock of their own.
 *
 * `costMs` is told the time as well, for a method whose speed changes. A contender is told of the world and gives back what
 * takes a request, which is its number; it calls `run` when the worker is free, and `refuse`.
 */
export async function simulate(contender, { times, costMs, maxBatchSize, maxLatencyMs }) {
  const clock = new VirtualClock();
  const endedAt = new Float64Array(times.length).fill(NaN);
  let isFree = true;
  let batches = 0;
  const world = {
    clock,
    maxBatchSize,
    maxLatencyMs,
    costMs,
    isFree: () => isFree,
    arrivedAt: (job) => times[job],
    async run(jobs) {
      if (!isFree) throw new Error("The worker was given two batches at once.");
      if (jobs.length === 0 || jobs.length > maxBatchSize) throw new Error(`The worker was given ${jobs.length} items.`);
      isFree = false;
      const begunAt = clock.now();
      await clock.sleep(costMs(jobs.length, begunAt));
      isFree = true;
      for (const job of jobs) endedAt[job] = clock.now();
      batches += 1;
      return clock.now() - begunAt;
    },
    refuse() {},
  };
  const submit = contender(world);
  const arrive = (job) => {
    submit(job);
    if (job + 1 < times.length) clock.at(times[job + 1], () => arrive(job + 1));
  };
  clock.at(times[0], () => arrive(0));
  await clock.run();
  return { ...figuresOf(times, endedAt, maxLatencyMs), batches };
}

/**
 * What became of the requests: `good` are those answered in time, and before the last one came; or else who has many waiting
 * then would seem to do more. Milliseconds are those of all that were answered.
 */
export function figuresOf(times, endedAt, maxLatencyMs) {
  const end = times[times.length - 1];
  const latencies = [];
  let good = 0;
  let sum = 0;
  for (let job = 0; job < times.length; job += 1) {
    if (Number.isNaN(endedAt[job])) continue;
    const ms = endedAt[job] - times[job];
    latencies.push(ms);
    sum += ms;
    // Rounding is nobody's fault.
    if (ms <= maxLatencyMs + 1e-6 && endedAt[job] <= end) good += 1;
  }
  const sorted = Float64Array.from(latencies).toSorted();
  const late = sorted.length - sorted.findLastIndex((ms) => ms <= maxLatencyMs + 1e-6) - 1;
  return { answered: sorted.length, good, late, meanMs: sum / sorted.length, p99Ms: sorted[Math.floor(sorted.length * 0.99)] };
}

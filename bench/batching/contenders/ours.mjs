/** Our engine with a policy, on the clock of the world. @param {typeof import("../../../packages/server/dist/batching/batcher.js").Batcher} Batcher */
export const ours = (Batcher, policy) => (world) => {
  const { clock, maxBatchSize, maxLatencyMs, isFree, run, refuse } = world;
  const batcher = new Batcher({
    policy,
    maxBatchSize,
    maxLatencyMs,
    clock,
    mayJoin: () => true,
    run: ({ parts }) => run(parts.map(({ job }) => job)),
    freeWorkers: () => (isFree() ? 1 : 0),
    workers: () => 1,
    reject: refuse,
  });
  return (job) => void batcher.submit(job, 1, Infinity);
};

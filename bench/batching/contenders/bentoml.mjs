const tickMs = 1;
/** Python BentoML refits its model of costs once in five seconds. Here it may ten times as often: it has no hours to learn in. */
const refitMs = 500;
const kept = 50;
const skipped = 2;
/** What it wants to know before it serves: batches of targets, with so many requests each still needed. */
const training = [
  ...Array.from({ length: 8 }, () => ({ target: 1, needed: 2 })),
  { target: 1, needed: 6 },
  { target: 2, needed: 5 },
  { target: 3, needed: 3 },
];
const patience = 0.95;

/** Learns what so many requests take: `a * requests + b`; and how long the first of a batch waits. */
class Optimizer {
  #batches = [];
  #seen = 0;
  #fitAt = 0;

  constructor(maxLatencyMs) {
    this.a = Math.min(2000, (2 * maxLatencyMs) / 30);
    this.b = Math.min(1000, maxLatencyMs / 30);
    this.wait = 0;
  }

  log(requests, tookMs, waitedMs, now) {
    this.#seen += 1;
    if (this.#seen <= skipped) return;
    this.#batches.push({ requests, tookMs, waitedMs });
    if (this.#batches.length > kept) this.#batches.shift();
    if (now - this.#fitAt >= refitMs) this.fit(now);
  }

  fit(now) {
    this.#fitAt = now;
    const all = this.#batches;
    if (all.length === 0) return;
    const mean = (of) => all.reduce((sum, batch) => sum + of(batch), 0) / all.length;
    const requests = mean((batch) => batch.requests);
    const tookMs = mean((batch) => batch.tookMs);
    const variance = mean((batch) => (batch.requests - requests) ** 2);
    const covariance = mean((batch) => (batch.requests - requests) * (batch.tookMs - tookMs));
    // Of one size alone the least squares with the least numbers share what it took between both parts.
    const slope = variance > 1e-12 ? covariance / variance : (tookMs * requests) / (requests * requests + 1);
    this.a = Math.max(0.001, slope);
    this.b = Math.max(0, tookMs - slope * requests);
    this.wait = Math.max(
      0,
      mean((batch) => batch.waitedMs),
    );
  }
}

/**
 * The algorithm of Python BentoML 1.4, written anew from what it does: it looks every millisecond, refuses the first in line
 * where all that wait would be late in one batch, and holds a batch back while that seems to cost less than batches used to
 * wait. Costs are the same for both; what Python itself would take is left out.
 */
export const bentoml = (world) => {
  const { clock, arrivedAt, isFree, maxBatchSize, maxLatencyMs, run, refuse } = world;
  const optimizer = new Optimizer(maxLatencyMs);
  const line = [];
  let head = 0;
  let trained = 0;
  let isAwake = false;

  const dispatch = () => {
    const jobs = line.slice(head, head + maxBatchSize);
    head += jobs.length;
    const begunAt = clock.now();
    const isTraining = trained < training.length;
    const waitedMs = isTraining ? 0 : begunAt - arrivedAt(jobs[0]);
    void ran(jobs, begunAt, waitedMs, isTraining);
  };

  const ran = async (jobs, begunAt, waitedMs, isTraining) => {
    await run(jobs);
    const now = clock.now();
    optimizer.log(jobs.length, now - begunAt, waitedMs, now);
    if (!isTraining) return;
    trained += 1;
    if (trained >= 8) optimizer.fit(now);
  };

  /** @returns whether it is to look again at once, and not in a millisecond */
  const train = () => {
    const { target, needed } = training[trained];
    const waiting = line.length - head;
    const waitedMs = clock.now() - arrivedAt(line[head]);
    if (waitedMs >= maxLatencyMs && waiting > needed) return refuseFirst();
    if (!isFree()) return false;
    const { a, b } = optimizer;
    if (waiting < target && target * a + b + waitedMs <= Math.min(patience * maxLatencyMs, (2 * target + 1) * a + b)) return false;
    dispatch();
    return true;
  };

  const serve = () => {
    const now = clock.now();
    const waiting = line.length - head;
    const waitedMs = now - arrivedAt(line[head]);
    const { a, b, wait } = optimizer;
    if (waiting > 1 && waitedMs + a * waiting + b >= maxLatencyMs) return refuseFirst();
    if (!isFree()) return waiting === 1 && waitedMs >= maxLatencyMs ? refuseFirst() : false;
    const lastWaitedMs = now - arrivedAt(line[line.length - 1]);
    if (waiting < maxBatchSize && waiting * (lastWaitedMs + tickMs + a) <= patience * wait) return false;
    dispatch();
    return true;
  };

  const refuseFirst = () => {
    refuse(line[head++]);
    return true;
  };

  const look = () => {
    while (head < line.length) {
      if (!(trained < training.length ? train() : serve())) return void clock.at(clock.now() + tickMs, look);
    }
    isAwake = false;
    line.length = head = 0;
  };

  return (job) => {
    line.push(job);
    if (isAwake) return;
    isAwake = true;
    clock.soon(look);
  };
};

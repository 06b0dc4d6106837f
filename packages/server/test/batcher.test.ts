import type { BatchDecision, BatchPolicy, BentoError } from "@bento/core";
import fc from "fast-check";
import { expect, test } from "vitest";

import { Batcher, type BatcherOptions } from "../src/batching/batcher.js";
import type { Batch } from "../src/batching/cut-batch.js";
import { defaultPolicy } from "../src/batching/default-policy.js";
import type { Ticket } from "../src/batching/waiting-line.js";
import { VirtualClock } from "./virtual-clock.js";

interface Job {
  readonly name: number;
  readonly items: number;
  readonly kind: number;
}

interface House extends Partial<BatcherOptions<Job>> {
  readonly count?: number;
  readonly costMs?: (items: number) => number;
}

/** A batcher and its workers, on a clock of their own; everything that happens is noted. */
function open({ count = 1, costMs = (items) => 2 + 0.1 * items, ...options }: House = {}) {
  const clock = new VirtualClock();
  const batches: { batch: Batch<Job>; at: number }[] = [];
  const rejected: Job[] = [];
  const errors: BentoError[] = [];
  const workers = { free: count };
  const answered: ((batch: Batch<Job>) => void)[] = [];
  const batcher = new Batcher<Job>({
    maxBatchSize: 8,
    maxLatencyMs: 60_000,
    clock,
    mayJoin: (a, b) => a.kind === b.kind,
    freeWorkers: () => workers.free,
    workers: () => count,
    reject: (job) => void rejected.push(job),
    onOverruled: (error) => void errors.push(error),
    run: async (batch) => {
      const begunAt = clock.now();
      batches.push({ batch, at: begunAt });
      workers.free -= 1;
      await clock.sleep(costMs(batch.items));
      workers.free += 1;
      for (const tell of answered) tell(batch);
      return clock.now() - begunAt;
    },
    ...options,
  });
  const submit = (items: number, { name = 0, kind = 0, deadline = Infinity } = {}): Ticket =>
    batcher.submit({ name, items, kind }, items, deadline);
  const sizes = (): number[][] => batches.map(({ batch }) => batch.parts.map(({ start, end }) => end - start));
  return { answered, clock, batcher, batches, rejected, errors, workers, submit, sizes };
}

test("what arrives in one turn runs together, at once", async () => {
  const { clock, batches, submit, sizes } = open();
  for (let name = 0; name < 5; name += 1) submit(1, { name });
  await clock.run();
  expect(sizes()).toEqual([[1, 1, 1, 1, 1]]);
  expect(batches[0]?.at).toBe(0);
  expect(batches[0]?.batch.parts.map(({ job }) => job.name)).toEqual([0, 1, 2, 3, 4]);
});

test("what arrives while the worker is busy runs together when it is free", async () => {
  const { clock, batches, submit, sizes } = open();
  submit(1);
  clock.at(1, () => void submit(2));
  clock.at(2, () => void submit(3));
  await clock.run();
  expect(sizes()).toEqual([[1], [2, 3]]);
  expect(batches[1]?.at).toBeCloseTo(2.1);
});

test("a full batch goes at once, the rest with what follows", async () => {
  const { clock, submit, sizes } = open({ count: 2 });
  submit(5);
  submit(3);
  expect(sizes()).toEqual([[5, 3]]);
  submit(5);
  submit(4);
  expect(sizes()).toEqual([[5, 3], [5]]);
  await clock.run();
  expect(sizes()).toEqual([[5, 3], [5], [4]]);
});

test("a request larger than a batch is cut, its last part runs with others", async () => {
  const { clock, batches, submit, sizes } = open();
  submit(20, { name: 1 });
  submit(3, { name: 2 });
  await clock.run();
  expect(sizes()).toEqual([[8], [8], [4, 3]]);
  expect(batches.map(({ batch }) => batch.parts[0]?.start)).toEqual([0, 8, 16]);
});

test("neighbours that may not be joined run apart, in their order", async () => {
  const { clock, batches, submit } = open();
  for (const kind of [1, 1, 2, 1]) submit(1, { kind });
  await clock.run();
  expect(batches.map(({ batch }) => batch.parts.map(({ job }) => job.kind))).toEqual([[1, 1], [2], [1]]);
});

test("a request without items runs with others, or as an empty batch", async () => {
  const { clock, submit, sizes } = open();
  submit(0);
  await clock.run();
  submit(0);
  submit(2);
  submit(0);
  await clock.run();
  expect(sizes()).toEqual([[0], [0, 2, 0]]);
});

test("what is cancelled never runs; of what has begun, the rest does not", async () => {
  const { clock, batcher, submit, sizes } = open();
  const large = submit(20);
  const small = submit(1);
  await clock.run(1);
  expect(small.cancel()).toBe(true);
  expect(small.cancel()).toBe(false);
  expect(large.cancel()).toBe(false);
  expect([batcher.queuedItems, batcher.queuedRequests]).toEqual([0, 0]);
  await clock.run();
  expect(sizes()).toEqual([[8]]);
});

test("what cannot be answered in time is rejected while the worker is still busy", async () => {
  const { clock, rejected, submit, sizes } = open({ maxLatencyMs: 10, costMs: (items) => (items > 1 ? 100 : 4) });
  for (let call = 0; call < 5; call += 1) {
    submit(1);
    await clock.run();
  }
  submit(2);
  submit(1, { name: 7 });
  submit(1, { name: 8 });
  const begun = clock.now();
  await clock.run(begun + 50);
  submit(1, { name: 9, deadline: begun + 60 });
  await clock.run(begun + 57);
  expect(sizes().slice(5)).toEqual([[2, 1, 1]]);
  expect(rejected.map(({ name }) => name)).toEqual([9]);
});

test("a worker that comes late finds the work", async () => {
  const { clock, batcher, workers, submit, sizes } = open({ count: 0 });
  submit(1);
  await clock.run(100);
  expect(sizes()).toEqual([]);
  workers.free = 1;
  batcher.changed();
  await clock.run(101);
  expect(sizes()).toEqual([[1]]);
});

test("tells how long what waits will take, once it knows what batches cost", async () => {
  const { clock, batcher, submit } = open({ costMs: () => 4 });
  submit(20);
  expect(batcher.backlogMs).toBe(0);
  await clock.run();
  expect(batcher.cost).toMatchObject({ fixedMs: 4, perItemMs: 0, samples: 3 });
  submit(8);
  submit(9);
  expect(batcher.backlogMs).toBe(8);
  await clock.run();
});

test("closed, it begins nothing and gives back what waits", async () => {
  const { clock, batcher, submit, sizes } = open();
  submit(20, { name: 1 });
  submit(1, { name: 2 });
  await clock.run(1);
  expect(batcher.close().map(({ name }) => name)).toEqual([2]);
  await clock.run();
  expect(sizes()).toEqual([[8]]);
  expect(() => submit(1)).toThrow(expect.objectContaining({ code: "BENTO_UNAVAILABLE" }));
});

test("costs that refuse everything are tried again after a while", async () => {
  const speed = { ms: 50 };
  const { clock, rejected, submit, batches } = open({ maxLatencyMs: 20, costMs: () => speed.ms });
  for (let call = 0; call < 6; call += 1) {
    submit(1);
    await clock.run();
  }
  expect([batches.length, rejected.length]).toEqual([4, 2]);
  speed.ms = 1;
  for (let call = 0; call < 400; call += 1) {
    clock.at(clock.now() + 10, () => void submit(1));
    await clock.run();
  }
  expect(rejected.length).toBeLessThan(320);
  const before = rejected.length;
  submit(1);
  await clock.run();
  expect(rejected.length).toBe(before);
});

test("callers that ask again as soon as they are answered come to share one batch, not two by turns", async () => {
  const house = open({ maxBatchSize: 64 });
  const { clock, batches } = house;
  const ask = (name: number): void => void clock.at(clock.now() + 0.15 + (name % 10) / 40, () => void house.submit(1, { name }));
  for (let name = 0; name < 32; name += 1) ask(name);
  house.answered.push((batch) => {
    for (const { job } of batch.parts) ask(job.name);
  });
  await clock.run(500);
  expect(batches.slice(-20).map(({ batch }) => batch.items)).toEqual(Array(20).fill(32));
});

test("a method that gets three times as slow, or as fast: within a second as much is answered in time as can be", async () => {
  const speed = { factor: 1 };
  const costMs = (items: number): number => speed.factor * (2 + 0.1 * items);
  const house = open({ maxBatchSize: 64, maxLatencyMs: 100, costMs });
  const { clock, answered } = house;
  let inTime = 0;
  let late = 0;
  answered.push(({ parts }) => {
    for (const { job } of parts) {
      if (clock.now() - job.name > 100) late += 1;
      else inTime += 1;
    }
  });
  const ask = (): void => {
    house.submit(1, { name: clock.now() });
    clock.at(clock.now() + 0.1, ask);
  };
  ask();
  for (const factor of [3, 1]) {
    await clock.run(clock.now() + 1000);
    speed.factor = factor;
    await clock.run(clock.now() + 1000);
    inTime = late = 0;
    await clock.run(clock.now() + 1000);
    expect(inTime / (1000 * (64 / costMs(64)))).toBeGreaterThan(0.95);
    expect(late / inTime).toBeLessThan(0.001);
  }
});

const hostile: Record<string, BatchPolicy> = {
  throws: () => {
    throw new Error("no");
  },
  "runs NaN": () => ({ type: "run", items: NaN }),
  "waits until NaN": () => ({ type: "wait", until: NaN }),
  "rejects NaN": () => ({ type: "reject", requests: NaN }),
  "waits for ever": () => ({ type: "wait", until: Infinity }),
  nothing: () => undefined as unknown as BatchDecision,
  "another type": () => ({ type: "dance" }) as unknown as BatchDecision,
};

test.each(Object.entries(hostile))("a policy that %s is overruled, and told of once", async (_name, policy) => {
  const { clock, batches, rejected, errors, submit } = open({ policy, maxLatencyMs: 50 });
  for (let name = 0; name < 24; name += 1) submit(1, { name });
  await clock.run();
  submit(1);
  await clock.run();
  expect(batches.flatMap(({ batch }) => batch.parts).length + rejected.length).toBe(25);
  expect(batches.slice(0, 3).map(({ batch }) => batch.items)).toEqual([8, 8, 8]);
  expect(errors.map(({ code }) => code)).toEqual(["BENTO_CONFIG_INVALID"]);
});

test.each<[string, BatchPolicy]>([
  ["runs far too much", () => ({ type: "run", items: 1e300 })],
  ["runs nothing", () => ({ type: "run", items: -5 })],
  [
    "always looks again at once",
    ({ now, freeWorkers, queue }) => (freeWorkers > 0 && queue.length > 1 ? { type: "run", items: 9 } : { type: "wait", until: now }),
  ],
])("a policy that %s has its way within bounds", async (_name, policy) => {
  const { clock, batches, rejected, submit } = open({ policy, maxLatencyMs: 50 });
  for (let name = 0; name < 20; name += 1) submit(1, { name });
  await clock.run();
  expect(batches.flatMap(({ batch }) => batch.parts.map(({ job }) => job.name))).toEqual([...Array(20).keys()]);
  expect(Math.max(...batches.map(({ batch }) => batch.items))).toBeLessThanOrEqual(8);
  expect(rejected).toEqual([]);
});

const wild = fc.oneof(
  fc.record({ type: fc.constant("run" as const), items: fc.oneof(fc.integer(), fc.double()) }),
  fc.record({ type: fc.constant("wait" as const), until: fc.oneof(fc.double(), fc.constant(Infinity), fc.integer({ min: 0, max: 200 })) }),
  fc.record({ type: fc.constant("reject" as const), requests: fc.oneof(fc.integer({ max: 3 }), fc.double()) }),
  fc.constant(undefined as unknown as BatchDecision),
);
const jobs = fc.array(
  fc.record({
    gap: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 5, noNaN: true })),
    items: fc.integer({ min: 0, max: 20 }),
    kind: fc.nat({ max: 1 }),
    left: fc.oneof(fc.constant(Infinity), fc.double({ min: 0, max: 50, noNaN: true })),
    cancelAfter: fc.option(fc.double({ min: 0, max: 30, noNaN: true }), { freq: 4 }),
  }),
  { minLength: 1, maxLength: 60 },
);

test("whatever comes and whatever is decided: sizes, order, kinds, every item once, and an end", async () => {
  await fc.assert(
    fc.asyncProperty(
      jobs,
      fc.option(fc.array(wild, { minLength: 1, maxLength: 20 })),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 12 }),
      fc.constantFrom(20, 60_000),
      async (all, decisions, count, maxBatchSize, maxLatencyMs) => {
        let turn = 0;
        const policy: BatchPolicy =
          decisions === null ? defaultPolicy : () => decisions.at((turn += 1) % decisions.length) as BatchDecision;
        const { clock, batcher, batches, rejected, workers, submit } = open({ count, maxBatchSize, maxLatencyMs, policy });
        const cancelled = new Set<number>();
        let at = 0;
        for (const [name, { gap, items, kind, left, cancelAfter }] of all.entries()) {
          at += gap;
          const deadline = at + left;
          clock.at(at, () => {
            const ticket = submit(items, { name, kind, deadline });
            if (cancelAfter === null) return;
            clock.at(clock.now() + cancelAfter, () => {
              if (ticket.cancel()) cancelled.add(name);
            });
          });
        }
        await clock.run();
        expect([batcher.queuedItems, batcher.queuedRequests, workers.free]).toEqual([0, 0, count]);
        let newest = -1;
        const done = all.map(() => 0);
        const ran = new Set<number>();
        for (const { batch } of batches) {
          expect(batch.items).toBe(batch.parts.reduce((sum, { start, end }) => sum + end - start, 0));
          expect(batch.items).toBeLessThanOrEqual(maxBatchSize);
          expect(new Set(batch.parts.map(({ job }) => job.kind)).size).toBe(1);
          for (const { job, start, end } of batch.parts) {
            expect(job.name).toBeGreaterThanOrEqual(newest);
            newest = job.name;
            expect(start).toBe(done[job.name]);
            done[job.name] = end;
            ran.add(job.name);
          }
        }
        const refused = new Set(rejected.map(({ name }) => name));
        for (const [name, { items, cancelAfter }] of all.entries()) {
          expect(Number(ran.has(name)) + Number(refused.has(name)) + Number(cancelled.has(name)), `job ${name}`).toBe(1);
          if (ran.has(name) && cancelAfter === null) expect(done[name]).toBe(items);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test("a free worker never idles while a full batch waits", async () => {
  await fc.assert(
    fc.asyncProperty(jobs, fc.integer({ min: 1, max: 3 }), async (all, count) => {
      const { clock, batcher, workers, submit } = open({ count });
      let at = 0;
      for (const { gap, items } of all) clock.at((at += gap), () => void submit(items));
      for (let now = 0; now <= at + 1; now += 0.5) {
        await clock.run(now);
        expect(workers.free === 0 || batcher.queuedItems < 8, `at ${now}`).toBe(true);
      }
      await clock.run();
    }),
    { numRuns: 100 },
  );
});

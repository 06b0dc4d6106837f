import type { BatchDecision, BatchState } from "@bento/core";
import fc from "fast-check";
import { expect, test } from "vitest";

import { defaultPolicy } from "./default-policy.js";

interface Case extends Partial<Omit<BatchState, "queue">> {
  /** Ages of those that wait. Milliseconds. */
  readonly ages?: readonly number[];
  readonly items?: number;
}

function decide({ ages = [0], items = 1, ...rest }: Case): BatchDecision {
  const now = 1000;
  return defaultPolicy({
    now,
    queue: ages.map((age) => ({ items, arrivedAt: now - age, deadline: Infinity })),
    queuedItems: ages.length * items,
    freeWorkers: 1,
    idleWorkers: rest.freeWorkers ?? 1,
    workers: 1,
    maxBatchSize: 64,
    maxLatencyMs: 100,
    cost: { fixedMs: 2, perItemMs: 0.1, samples: 100, smallest: 1 },
    gapMs: 1,
    overloadedMs: 0,
    ...rest,
  });
}

test("idle workers share what waits, as long as items are most of what each part costs", () => {
  const ages = Array.from({ length: 32 }, () => 0);
  const cost = { fixedMs: 0.5, perItemMs: 0.1, samples: 100, smallest: 1 };
  expect(decide({ ages, cost })).toEqual({ type: "run", items: 32 });
  expect(decide({ ages, cost, freeWorkers: 2 })).toEqual({ type: "run", items: 16 });
  expect(decide({ ages, cost, freeWorkers: 4 })).toEqual({ type: "run", items: 8 });
  expect(decide({ ages, cost: { ...cost, fixedMs: 2 }, freeWorkers: 2 })).toEqual({ type: "run", items: 32 });
  expect(decide({ ages, cost: { ...cost, fixedMs: 2, smallest: 25 }, freeWorkers: 4 }), "nobody knows").toEqual({ type: "run", items: 16 });
  expect(decide({ ages, cost, freeWorkers: 2, queuedItems: 64 }), "more than a batch waits").toEqual({ type: "run", items: 32 });
  expect(decide({ ages, cost, freeWorkers: 2, items: 2 }), "a full batch").toEqual({ type: "run", items: 64 });
});

test("waits as long as more is near where no worker is idle", () => {
  const busy = { idleWorkers: 0, ages: [0, 0, 0, 0] };
  expect(decide({ ...busy, gapMs: 1.9 }).type).toBe("wait");
  expect(decide({ ...busy, gapMs: 2.1 })).toEqual({ type: "run", items: 4 });
});

test("waits for one more only while that pays, and looks again when it should have come", () => {
  const decision = decide({ gapMs: 0.4 });
  expect(decision.type === "wait" && decision.until).toBeCloseTo(1000.4);
  expect(decide({ gapMs: 0.5 })).toEqual({ type: "run", items: 1 });
  expect(decide({ gapMs: 0.4, ages: [0, 0] })).toEqual({ type: "run", items: 2 });
  expect(decide({ gapMs: 0.3, ages: [0, 0] }).type).toBe("wait");
  expect(decide({ gapMs: Infinity })).toEqual({ type: "run", items: 1 });
  expect(decide({ gapMs: 0, freeWorkers: 2, workers: 2 })).toEqual({ type: "run", items: 1 });
  expect(decide({ gapMs: 0.1, queuedItems: 5 })).toEqual({ type: "run", items: 1 });
});

test("nothing is delayed or refused by costs that are hardly known", () => {
  const cost = { fixedMs: 1000, perItemMs: 10, samples: 3, smallest: 1 };
  expect(decide({ gapMs: 0.1, cost })).toEqual({ type: "run", items: 1 });
  expect(decide({ gapMs: 0.1, cost: { ...cost, samples: 4 } })).toEqual({ type: "reject", requests: 1 });
});

test("a wait ends in time for the first one to be answered", () => {
  expect(decide({ gapMs: 0.4, ages: [97.8] })).toEqual({ type: "run", items: 1 });
  const decision = decide({ gapMs: 0.4, maxLatencyMs: 2.5 });
  expect(decision.type === "wait" && decision.until).toBeCloseTo(1000 + 2.5 - 2.2);
});

test("requests stay whole, but for one that is larger than a batch", () => {
  expect(decide({ ages: [3, 2, 1], items: 30, gapMs: 10 })).toEqual({ type: "run", items: 60 });
  expect(decide({ ages: [3, 2], items: 65, gapMs: 10 })).toEqual({ type: "run", items: 64 });
});

test("refuses what is too late, and what would make too many others so", () => {
  expect(decide({ ages: [101, 99, 1] })).toEqual({ type: "reject", requests: 2 });
  // Ten a millisecond can be answered in batches of 64 only, which take 8.4 ms.
  const overload = { gapMs: 0.05, queuedItems: 500 };
  expect(decide({ ...overload, ages: [95, 94, 93, ...Array<number>(61).fill(80)] })).toEqual({ type: "reject", requests: 3 });
  expect(decide({ ...overload, ages: Array<number>(64).fill(95) })).toEqual({ type: "reject", requests: 64 });
  // What arrives one a millisecond need not be refused for that: it is run in a smaller batch.
  expect(decide({ gapMs: 1, ages: [97, ...Array<number>(40).fill(1)] })).toEqual({ type: "run", items: 10 });
});

test("a line that has been too long for long gets shorter, and keeps room for some batches", () => {
  const overload = { gapMs: 0.05, queuedItems: 500 };
  const head = (overloadedMs: number, age: number, rest: Case = {}) =>
    decide({ ...overload, overloadedMs, ages: Array<number>(64).fill(age), ...rest }).type;
  // Ten times as long as a request may wait is a burst.
  expect(head(1000, 90)).toBe("run");
  expect(head(2000, 90)).toBe("reject");
  expect(head(2000, 40)).toBe("run");
  expect(head(2000, 42)).toBe("reject");
  // Four batches of 8.4 ms, the one that would run among them.
  expect(head(1e6, 24)).toBe("run");
  expect(head(1e6, 25)).toBe("reject");
  // Of streams nobody knows what they cost.
  expect(head(1e6, 99, { cost: { fixedMs: 0, perItemMs: 0, samples: 0, smallest: 0 } })).toBe("run");
});

test("with no worker free it refuses what is hopeless, and looks again when more is", () => {
  expect(decide({ freeWorkers: 0, ages: [99, 98, 1] })).toEqual({ type: "reject", requests: 2 });
  const decision = decide({ freeWorkers: 0, ages: [50, 0] });
  expect(decision.type === "wait" && decision.until).toBeCloseTo(1000 + 50 - 2.1 + 0.1);
});

const request = fc.record({
  items: fc.integer({ min: 0, max: 100 }),
  age: fc.double({ min: 0, max: 100, noNaN: true }),
  left: fc.double({ min: -5, max: 200, noNaN: true }),
});
const state = fc
  .record({
    requests: fc.array(request, { minLength: 1, maxLength: 40 }),
    more: fc.nat(200),
    freeWorkers: fc.nat(3),
    busy: fc.nat(3),
    maxBatchSize: fc.integer({ min: 1, max: 64 }),
    maxLatencyMs: fc.double({ min: 1, max: 200, noNaN: true }),
    cost: fc.record({
      fixedMs: fc.double({ min: 0, max: 20, noNaN: true }),
      perItemMs: fc.double({ min: 0, max: 2, noNaN: true }),
      samples: fc.nat(10),
      smallest: fc.nat(64),
    }),
    gapMs: fc.oneof(fc.double({ min: 0, max: 20, noNaN: true }), fc.constant(Infinity)),
    overloadedMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 10_000, noNaN: true })),
  })
  .map(({ requests, more, freeWorkers, busy, ...rest }): BatchState => {
    const queue = requests
      .toSorted((a, b) => b.age - a.age)
      .map(({ items, age, left }) => ({ items, arrivedAt: 500 - age, deadline: 500 + left }));
    const workers = { freeWorkers, idleWorkers: Math.max(0, freeWorkers - busy) };
    return { now: 500, queue, queuedItems: itemsOf(queue) + more, workers: 3, ...workers, ...rest };
  });

function itemsOf(queue: BatchState["queue"]): number {
  return queue.reduce((sum, { items }) => sum + items, 0);
}

test("in every state: bounds, whole requests, no idling, no waiting that cannot pay, no refusal without need", () => {
  fc.assert(
    fc.property(state, (given) => {
      const { queue, now, freeWorkers, idleWorkers, maxBatchSize, maxLatencyMs, cost, gapMs, queuedItems } = given;
      const decision = defaultPolicy(given);
      const items = itemsOf(queue);
      switch (decision.type) {
        case "run": {
          expect(freeWorkers).toBeGreaterThan(0);
          expect(decision.items).toBeLessThanOrEqual(maxBatchSize);
          const ends = queue.map((_, index) => itemsOf(queue.slice(0, index + 1)));
          if ((queue[0]?.items ?? 0) > maxBatchSize) expect(decision.items).toBe(maxBatchSize);
          else expect(ends).toContain(decision.items);
          break;
        }
        case "wait":
          expect(decision.until).toBeGreaterThan(now);
          if (freeWorkers === 0) break;
          expect(idleWorkers).toBeLessThan(2);
          expect(items).toBeLessThan(maxBatchSize);
          expect(items).toBe(queuedItems);
          expect(idleWorkers === 0 ? gapMs : 2 * (queue.length + 1) * gapMs).toBeLessThan(cost.fixedMs);
          break;
        case "reject": {
          expect(decision.requests).toBeGreaterThan(0);
          expect(decision.requests).toBeLessThanOrEqual(queue.length);
          if (given.overloadedMs > 10 * maxLatencyMs && freeWorkers > 0) break;
          // Each of them would be late in a batch of the largest size, with what it may take longer.
          const largest = cost.samples < 4 ? 0 : 1.1 * (Math.ceil(100 / maxBatchSize) * cost.fixedMs + 100 * cost.perItemMs);
          for (const { arrivedAt, deadline } of queue.slice(0, decision.requests)) {
            expect(now + largest).toBeGreaterThanOrEqual(Math.min(arrivedAt + maxLatencyMs, deadline));
          }
        }
      }
    }),
    { numRuns: 2000 },
  );
});

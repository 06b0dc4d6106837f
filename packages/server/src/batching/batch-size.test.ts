import fc from "fast-check";
import { expect, test } from "vitest";

import { BatchSize } from "./batch-size.js";

/** Lets batches run one after the other, while more than enough waits. @returns how many items each had, and all milliseconds */
function saturate(size: BatchSize, costMs: (items: number) => number, batches: number, from = 0): { sizes: number[]; ms: number } {
  const sizes: number[] = [];
  let now = from;
  for (let batch = 0; batch < batches; batch += 1) {
    const items = size.next(1000);
    now += costMs(items);
    size.done(items, items, now, 1000, 1);
    sizes.push(items);
  }
  return { sizes, ms: now };
}

const unknown = (): undefined => undefined;
const step = (at: number) => (items: number) => 2 + 0.1 * items + (items > at ? 3 : 0);

test.each<[string, (items: number) => number, number]>([
  ["a", () => 5, 64],
  ["a + bn", (n) => 2 + 0.1 * n, 64],
  ["bn", (n) => n, 64],
  ["a step after 32", step(32), 32],
  ["a step after 48", step(48), 48],
  ["a step that is worth it", (n) => 2 + 0.1 * n + (n > 16 ? 0.5 : 0), 64],
  ["a step after every 16", (n) => Math.ceil(n / 16), 64],
])("finds the size that answers most a second: %s", (_name, costMs, best) => {
  const size = new BatchSize(64, unknown);
  const { ms } = saturate(size, costMs, 150);
  expect(size.best).toBe(best);
  expect(saturate(size, costMs, 1000, ms).sizes.every((items) => items === best)).toBe(true);
});

test.each([2, 3, 8])("%i workers whose batches end at any time find it as well", (count) => {
  const size = new BatchSize(64, unknown);
  const workers = Array.from({ length: count }, (_, at) => ({ items: 64, end: 1 + 1.3 * at }));
  for (let batch = 0; batch < 400 * count; batch += 1) {
    const worker = workers.reduce((first, other) => (other.end < first.end ? other : first));
    size.done(worker.items, worker.items, worker.end, 1000, count);
    worker.items = size.next(1000);
    worker.end += step(32)(worker.items);
  }
  expect(size.best).toBe(32);
});

test("while it looks, nearly as much is answered", () => {
  const size = new BatchSize(64, unknown);
  const costMs = (n: number): number => 2 + 0.1 * n;
  const { sizes, ms } = saturate(size, costMs, 300);
  const items = sizes.reduce((sum, of) => sum + of, 0);
  expect(items / ms / (64 / costMs(64))).toBeGreaterThan(0.95);
});

test("what is known to be far worse is not tried", () => {
  const size = new BatchSize(64, () => 5);
  const { sizes } = saturate(size, () => 5, 300);
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(48);
});

test("a size of which no two batches follow each other is given up", () => {
  const size = new BatchSize(64, unknown);
  const tried = new Map<number, number>();
  let now = 0;
  for (let batch = 0; batch < 2000; batch += 1) {
    const next = size.next(1000);
    if (next < 64) tried.set(next, (tried.get(next) ?? 0) + 1);
    // Something of its own comes after each of another size.
    for (const done of next < 64 ? [next, 0] : [next]) size.done(done, done === 0 ? 1 : next, (now += 5), 1000, 1);
  }
  expect(Math.max(...tried.values())).toBeLessThan(30);
  expect(size.next(1000)).toBe(64);
});

test("nothing is tried unless more waits than fits", () => {
  const size = new BatchSize(64, unknown);
  for (let batch = 1; batch <= 500; batch += 1) {
    expect(size.next(63)).toBe(64);
    size.done(64, 63, batch * 8, 63, 1);
  }
});

test("one batch that was held up is no reason to choose another size", () => {
  const size = new BatchSize(64, unknown);
  const held = new Set([3, 5, 40, 60, 61]);
  let batch = 0;
  saturate(size, (n) => 2 + 0.1 * n + (held.has((batch += 1)) ? 50 : 0), 300);
  expect(size.best).toBe(64);
});

test("another size is found when the method changes", () => {
  const size = new BatchSize(64, unknown);
  const { ms } = saturate(size, step(32), 500);
  expect(size.best).toBe(32);
  saturate(size, (n) => 2 + 0.1 * n, 5000, ms);
  expect(size.best).toBe(64);
});

test("whatever batches take: a size that may be, of 1 and more", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.array(fc.tuple(fc.nat(20), fc.nat(200)), { maxLength: 300 }), (most, batches) => {
      const size = new BatchSize(most, unknown);
      let now = 0;
      for (const [ms, queued] of batches) {
        const next = size.next(queued);
        expect(next).toBeGreaterThanOrEqual(1);
        expect(next).toBeLessThanOrEqual(most);
        size.done(next, Math.min(next, queued), (now += ms), queued, 1);
      }
    }),
  );
});

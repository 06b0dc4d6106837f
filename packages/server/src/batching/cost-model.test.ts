import fc from "fast-check";
import { expect, test } from "vitest";

import { CostModel } from "./cost-model.js";

type Shape = (items: number) => number;

/** Numbers from 0 to 1 that are the same in every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** Lets a model learn from batches, one after the other. @returns milliseconds that they took together */
function feed(model: CostModel, shape: Shape, batches: number, { most = 64, noise = 0.05, random = randomFrom(7) } = {}): number {
  let ms = 0;
  for (let batch = 0; batch < batches; batch += 1) {
    const items = 1 + Math.floor(random() * most);
    const took = shape(items) * (1 + noise * (2 * random() - 1));
    model.learn(items, took);
    ms += took;
  }
  return ms;
}

test.each<[string, Shape, number, number]>([
  ["a", () => 5, 5, 0],
  ["a + bn", (n) => 2 + 0.1 * n, 2, 0.1],
  ["mostly bn", (n) => 0.2 + n, 0.2, 1],
  ["bn", (n) => n, 0, 1],
])("finds both parts of %s", (_name, shape, fixedMs, perItemMs) => {
  const model = new CostModel();
  feed(model, shape, 200);
  expect(Math.abs(model.cost.fixedMs - fixedMs)).toBeLessThan(0.06 * shape(8));
  expect(Math.abs(model.cost.perItemMs - perItemMs)).toBeLessThan(0.06 * (shape(64) / 64));
  expect(model.cost.samples).toBe(200);
});

test("stays close to a cost that goes up in a step", () => {
  const model = new CostModel();
  const shape: Shape = (n) => 2 + 0.1 * n + (n > 32 ? 3 : 0);
  feed(model, shape, 300);
  for (const n of [8, 24, 40, 64]) expect(Math.abs(model.expectedMs(n) - shape(n)) / shape(n)).toBeLessThan(0.3);
});

test("knows what batches of one size cost, and learns of others as soon as they come", () => {
  const model = new CostModel();
  for (let batch = 0; batch < 1000; batch += 1) model.learn(1, 2.1);
  expect(model.expectedMs(1)).toBeCloseTo(2.1);
  for (let batch = 0; batch < 3; batch += 1) model.learn(64, 8.4);
  expect(model.expectedMs(64)).toBeCloseTo(8.4, 0);
  expect(model.expectedMs(1)).toBeCloseTo(2.1, 0);
});

test.each([4, 1 / 4, 2, 1 / 2])("follows a method that takes %f times as long, within three seconds", (factor) => {
  for (const speed of [0.1, 1, 15]) {
    const model = new CostModel();
    const before: Shape = (n) => speed * (2 + 0.1 * n);
    const after: Shape = (n) => factor * before(n);
    const random = randomFrom(11);
    feed(model, before, 200, { random });
    let ms = 0;
    while (ms + after(64) < 3000) ms += feed(model, after, 1, { random });
    for (const n of [1, 16, 64]) expect(Math.abs(model.expectedMs(n) - after(n)) / after(n), `${speed} ${n}`).toBeLessThan(0.25);
  }
});

test("follows it with batches of one size as well, and keeps what is known of others", () => {
  const model = new CostModel();
  feed(model, (n) => 2 + 0.1 * n, 200);
  for (let batch = 0; batch < 200; batch += 1) model.learn(32, 5.2);
  for (let batch = 0; batch < 8; batch += 1) model.learn(32, 20.8);
  expect(model.expectedMs(32)).toBeCloseTo(20.8, 0);
  expect(model.cost.perItemMs).toBeGreaterThan(0.3);
});

test("one batch that was held up changes little", () => {
  const model = new CostModel();
  feed(model, (n) => 2 + 0.1 * n, 200);
  const before = model.expectedMs(32);
  model.learn(32, 5000);
  expect(model.expectedMs(32)).toBeCloseTo(before, 2);
  model.learn(32, 5.2);
  expect(model.expectedMs(32) / before).toBeLessThan(1.2);
  expect(model.expectedMs(32)).toBeGreaterThan(before);
});

test("is never negative, nor anything but a number, whatever is learned", () => {
  const batch = fc.tuple(
    fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.constant(NaN)),
    fc.oneof(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.constantFrom(0, NaN, Infinity, -1)),
  );
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 200 }), (batches) => {
      const model = new CostModel();
      for (const [items, ms] of batches) {
        model.learn(items, ms);
        expect(model.cost.fixedMs).toBeGreaterThanOrEqual(0);
        expect(model.cost.perItemMs).toBeGreaterThanOrEqual(0);
        expect(Number.isFinite(model.expectedMs(1000))).toBe(true);
      }
      expect(model.cost.samples).toBe(batches.filter(([items, ms]) => items > 0 && ms >= 0 && ms < Infinity).length);
    }),
  );
});

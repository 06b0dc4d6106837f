import { expect, test } from "vitest";

import { freeForBatches } from "./free-for-batches.js";

const short = 1;
const long = 50;

test.each([
  ["idle ones count alone", [0, 1, 2], short, { workers: 1, idle: 1 }],
  ["the next short batch is on its way while one runs", [1, 2], short, { workers: 1, idle: 0 }],
  ["a long one waits until a worker is idle", [1, 1], long, { workers: 0, idle: 0 }],
  ["and goes as soon as one is", [0, 1], long, { workers: 1, idle: 1 }],
  ["nobody takes a third", [2, 2], short, { workers: 0, idle: 0 }],
  ["there may be none", [], short, { workers: 0, idle: 0 }],
])("%s", (_what, batches, next, free) => {
  expect(freeForBatches(batches, 2, next)).toEqual(free);
});

test("where a worker takes one at a time, only idle ones are free", () => {
  expect(freeForBatches([1, 1], 1, 0).workers).toBe(0);
  expect(freeForBatches([1, 0], 1, long)).toEqual({ workers: 1, idle: 1 });
});

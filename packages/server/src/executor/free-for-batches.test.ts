import { expect, test } from "vitest";

import { freeForBatches } from "./free-for-batches.js";

const short = 1;
const long = 50;

test.each([
  ["idle ones count alone", [0, 1, 2], short, 1],
  ["the next short batch is on its way while one runs", [1, 2], short, 1],
  ["a long one waits until a worker is idle", [1, 1], long, 0],
  ["and goes as soon as one is", [0, 1], long, 1],
  ["nobody takes a third", [2, 2], short, 0],
  ["there may be none", [], short, 0],
])("%s", (_what, batches, next, free) => {
  expect(freeForBatches(batches, 2, next)).toBe(free);
});

test("where a worker takes one at a time, only idle ones are free", () => {
  expect(freeForBatches([1, 1], 1, 0)).toBe(0);
  expect(freeForBatches([1, 0], 1, long)).toBe(1);
});

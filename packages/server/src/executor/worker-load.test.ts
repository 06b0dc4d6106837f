import { expect, test } from "vitest";

import { WorkerLoad } from "./worker-load.js";

test("a worker is late when a batch takes much longer than expected, until it is done", () => {
  const load = new WorkerLoad();
  expect([load.batches, load.isLate(1e9)]).toEqual([0, false]);
  load.begin(1000, 10);
  expect([load.batches, load.isLate(1080), load.isLate(1081)]).toEqual([1, false, true]);
  expect(load.end(1000, 1081)).toBe(81);
  expect([load.batches, load.isLate(1081)]).toEqual([0, false]);
});

test("what waits behind another batch is expected after it", () => {
  const load = new WorkerLoad();
  load.begin(1000, 10);
  load.begin(1010, 20);
  expect([load.isLate(1190), load.isLate(1191)]).toEqual([false, true]);
  expect([load.end(1000, 1012), load.end(1010, 1030)]).toEqual([12, 18]);
});

import { expect, test } from "vitest";

import { BatchCounter } from "../batching/batch-counter.js";
import { WorkerBatches } from "./worker-batches.js";
import type { WorkerProcess } from "./worker-process.js";

const worker = (index: number) => ({ index }) as WorkerProcess;

/** What a worker tells after so many steps for three sequences each. */
function told(steps: number) {
  const counter = new BatchCounter(4);
  counter.waiting = () => 1;
  counter.waited(10);
  for (let step = 0; step < steps; step += 1) counter.ran(3, 3, 100);
  return { count: counter.figures() };
}

test("what workers tell is added up, by worker, the last time that each did", () => {
  const batches = new WorkerBatches();
  const [first, second] = [worker(1), worker(2)];
  batches.take(first, told(2));
  batches.take(second, told(5));
  batches.take(first, told(3));
  const { count } = batches.figures();
  expect(count).toMatchObject({ waiting: 2, sizes: { 1: { count: 3, sum: 9 }, 2: { count: 5, sum: 15 } }, items: { count: 8 } });
  expect(count?.requestRunSeconds).toBeCloseTo(2.4);
  expect(count?.waits.count, "waiting is counted where calls wait for a worker").toBe(0);
});

test("what a worker told stays when it is gone, and another takes its place", () => {
  const batches = new WorkerBatches();
  const gone = worker(1);
  batches.take(gone, told(2));
  batches.end(gone);
  batches.end(worker(2));
  batches.take(worker(1), told(1));
  expect(batches.figures()["count"]).toMatchObject({ waiting: 1, sizes: { 1: { count: 3 } }, items: { count: 3 } });
});

test("without any there is nothing to tell", () => {
  expect(new WorkerBatches().figures()).toEqual({});
});

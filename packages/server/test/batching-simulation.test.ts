import { expect, test } from "vitest";

import { type Cell, isAhead, measureCell } from "../../../bench/batching/cells.mjs";
import { Batcher } from "../src/batching/batcher.js";

const measure = (shapeName: Cell["shapeName"], arrivalsName: Cell["arrivalsName"], load: number) =>
  measureCell({ shapeName, arrivalsName, load, seconds: 3, Batcher });

test.each<[Cell["shapeName"], Cell["arrivalsName"]]>([
  ["a", "Poisson"],
  ["a + bn", "Poisson"],
  ["a + bn, step", "Poisson"],
  ["a + bn", "bursty"],
  ["a + bn", "ramping"],
])("with costs of %s and %s arrivals, more than it can take: nearly as many in time as anybody could answer", async (costs, times) => {
  const { ours, BentoML, most } = await measure(costs, times, 1.2);
  expect(ours.good / most).toBeGreaterThan(0.95);
  expect(ours.late).toBeLessThan(0.01 * ours.answered);
  // Of one cost for all sizes both run full batches alone; ours tries another size once.
  expect(ours.good).toBeGreaterThan(0.998 * BentoML.good);
});

test.each<[Cell["shapeName"], number]>([
  ["a", 0.2],
  ["a + bn", 0.2],
  ["a + bn", 0.9],
  ["a + bn, step", 0.2],
])("with costs of %s, at a load of %f: all in time, and hardly later than can be", async (costs, load) => {
  const { ours, BentoML, least, offered } = await measure(costs, "Poisson", load);
  expect([ours.answered, ours.late]).toEqual([offered, 0]);
  expect(ours.meanMs - least.meanMs).toBeLessThan(0.2);
  expect(isAhead(ours, BentoML)).toBe(true);
});

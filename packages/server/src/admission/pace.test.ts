import { expect, test } from "vitest";

import { Pace } from "./pace.js";

/** So many begin together every so many milliseconds. */
function run(pace: Pace, from: number, until: number, everyMs: number, together = 1): void {
  pace.start(from);
  for (let now = from + everyMs; now <= until; now += everyMs) for (let n = 0; n < together; n += 1) pace.begun(now);
}

test("a wait is as long as it takes for those before to begin", () => {
  const pace = new Pace();
  expect(pace.waitMs(100, 0)).toBe(0);
  run(pace, 0, 1000, 10);
  expect(pace.waitMs(20, 1000)).toBeCloseTo(200, -1);
});

test("that many begin together does not matter", () => {
  const pace = new Pace();
  run(pace, 0, 2000, 50, 16);
  expect(pace.waitMs(160, 2000) / 500).toBeGreaterThan(0.9);
  expect(pace.waitMs(160, 2000) / 500).toBeLessThan(1.1);
});

test("a new pace is known within seconds, also where calls begin seldom", () => {
  const pace = new Pace();
  run(pace, 0, 2000, 1);
  run(pace, 2000, 5000, 50);
  expect(pace.waitMs(1, 5000)).toBeGreaterThan(10);
  const slow = new Pace();
  run(slow, 0, 60_000, 2000);
  expect(slow.waitMs(2, 60_000)).toBeCloseTo(4000, -3);
  run(slow, 60_000, 64_000, 1);
  expect(slow.waitMs(1000, 64_000)).toBeLessThan(2000);
});

test("only the time in which anybody waits counts, and what is long ago does not", () => {
  const pace = new Pace();
  run(pace, 0, 500, 10);
  pace.stop(500);
  run(pace, 1000, 1500, 10);
  expect(pace.waitMs(100, 1500)).toBeCloseTo(1000, -2);
  pace.stop(1500);
  pace.start(10_000);
  expect(pace.waitMs(100, 10_000)).toBe(0);
});

import { expect, test } from "vitest";
import { RateMeter } from "./rate-meter.js";

test("the rate is that of the last seconds", () => {
  const meter = new RateMeter();
  expect(meter.add(0, 0)).toBeUndefined();
  expect(meter.add(1000, 1000)).toBe(1000);
  expect(meter.add(3000, 2000)).toBe(1500);
  for (let second = 3; second <= 20; second += 1) meter.add(3000, second * 1000);
  expect(meter.add(3000, 21_000)).toBe(0);
});

test("rare samples are compared with the one before", () => {
  const meter = new RateMeter();
  meter.add(0, 0);
  expect(meter.add(10_000, 10_000)).toBe(1000);
  expect(meter.add(40_000, 20_000)).toBe(3000);
});

import { expect, test } from "vitest";
import { RateMeter } from "./rate-meter.js";

test("the rate is that of the last seconds", () => {
  const meter = new RateMeter();
  expect(meter.add(0, 0)).toBeUndefined();
  expect(meter.add(1000, 1000)).toBe(1000);
  let bytes = 1000;
  for (let second = 2; second <= 10; second += 1) meter.add((bytes += 3000), second * 1000);
  expect(meter.add((bytes += 3000), 11_000)).toBe(3000);
});

test("what stands still gets slower and slower", () => {
  const meter = new RateMeter();
  meter.add(0, 0);
  expect(meter.add(1000, 1000)).toBe(1000);
  expect(meter.add(1000, 2000)).toBe(500);
  expect(meter.add(1000, 10_000)).toBe(100);
});

test("work that moves in rare leaps has a rate between them", () => {
  const meter = new RateMeter();
  meter.add(0, 0);
  for (let leap = 1; leap <= 5; leap += 1) meter.add(leap * 20_000, leap * 20_000);
  expect(meter.add(100_000, 110_000)).toBe(800);
});

test("nothing is guessed before something has moved, nor from a moment", () => {
  const meter = new RateMeter();
  expect(meter.add(0, 0)).toBeUndefined();
  expect(meter.add(0, 5000)).toBeUndefined();
  expect(meter.add(1000, 10_000)).toBe(100);
  const other = new RateMeter();
  other.add(0, 0);
  expect(other.add(1000, 100)).toBeUndefined();
});

test("work that begins anew has the rate of what it does from then on", () => {
  const meter = new RateMeter();
  meter.add(0, 0);
  expect(meter.add(9000, 1000)).toBe(9000);
  expect(meter.add(1000, 1100)).toBeUndefined();
  expect(meter.add(3000, 2100)).toBe(2000);
});

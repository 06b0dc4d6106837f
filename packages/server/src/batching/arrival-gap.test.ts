import { expect, test } from "vitest";

import { ArrivalGap } from "./arrival-gap.js";

function steady(gap: ArrivalGap, from: number, ms: number, requests: number): number {
  let now = from;
  for (let request = 0; request < requests; request += 1) gap.arrived((now += ms));
  return now;
}

test("nothing is expected before two have come", () => {
  const gap = new ArrivalGap();
  expect(gap.expectedMs(0)).toBe(Infinity);
  gap.arrived(5);
  expect(gap.expectedMs(6)).toBe(Infinity);
  gap.arrived(7);
  expect(gap.expectedMs(7)).toBe(2);
});

test("follows what comes, faster and slower", () => {
  const gap = new ArrivalGap();
  let now = steady(gap, 0, 10, 100);
  expect(gap.expectedMs(now)).toBeCloseTo(10);
  now = steady(gap, now, 1, 200);
  expect(gap.expectedMs(now)).toBeCloseTo(1, 1);
  now = steady(gap, now, 5, 200);
  expect(gap.expectedMs(now)).toBeCloseTo(5, 1);
});

test("silence is believed, and forgotten of what was before it", () => {
  const gap = new ArrivalGap();
  const now = steady(gap, 0, 1, 100);
  expect(gap.expectedMs(now + 2)).toBeCloseTo(1);
  expect(gap.expectedMs(now + 100)).toBe(100);
  gap.arrived(now + 100);
  expect(gap.expectedMs(now + 100)).toBe(100);
});

test("callers that ask again as soon as they are answered are expected after an answer, until they have come", () => {
  const gap = new ArrivalGap();
  let now = 0;
  for (let round = 0; round < 20; round += 1) {
    gap.answered(now, 10);
    for (let caller = 1; caller <= 10; caller += 1) gap.arrived(now + caller / 10);
    now += 50;
  }
  expect(gap.expectedMs(now)).toBeGreaterThan(40);
  gap.answered(now, 10);
  expect(gap.expectedMs(now)).toBeCloseTo(0.11);
  // Late, they are given up.
  expect(gap.expectedMs(now + 1.6)).toBeCloseTo(0.11);
  expect(gap.expectedMs(now + 2)).toBeGreaterThan(40);
});

test("steady arrivals are expected no sooner after an answer", () => {
  const gap = new ArrivalGap();
  let now = 0;
  for (let round = 0; round < 20; round += 1) {
    gap.answered(now, 10);
    now = steady(gap, now, 1, 10);
  }
  gap.answered(now, 10);
  expect(gap.expectedMs(now)).toBeCloseTo(1);
});

test("requests of one moment are no gap below zero", () => {
  const gap = new ArrivalGap();
  for (let request = 0; request < 100; request += 1) gap.arrived(3);
  expect(gap.expectedMs(3)).toBe(0);
});

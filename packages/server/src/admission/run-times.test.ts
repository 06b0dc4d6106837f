import { expect, test } from "vitest";

import { RunTimes } from "./run-times.js";

const learned = (...all: readonly number[]): RunTimes => {
  const times = new RunTimes();
  for (const ms of all) times.answered(ms);
  return times;
};
const many = (count: number, ms: (n: number) => number): number[] => Array.from({ length: count }, (_, n) => ms(n));

test("nothing is said before there is something to go by, and the first calls of a process, which are slow, are no measure", () => {
  expect(learned(500, 400, 20).answerMs).toBe(0);
  expect(learned(500, 400, 20, 10).answerMs).toBe(10);
});

test("nine of ten are answered within it", () => {
  const times = learned(...many(2000, (n) => 10 + ((n * 7919) % 100)));
  expect(times.answerMs).toBeGreaterThan(85);
  expect(times.answerMs).toBeLessThan(115);
  // One of twenty that takes long does not make all others late.
  expect(learned(...many(1000, (n) => (n % 20 === 0 ? 5000 : 10))).answerMs).toBeLessThan(20);
});

test("a change is known after some dozens of calls", () => {
  const times = learned(...many(100, () => 10), ...many(40, () => 100));
  expect(times.answerMs).toBeGreaterThan(90);
  for (let n = 0; n < 300; n += 1) times.answered(10);
  expect(times.answerMs).toBeLessThan(12);
});

test("a failure that comes sooner than answers is none of them", () => {
  const times = learned(10, 10, 10, 10);
  for (let n = 0; n < 100; n += 1) times.failed(1);
  expect(times.answerMs).toBe(10);
  for (let n = 0; n < 100; n += 1) times.failed(1000);
  expect(times.answerMs).toBeGreaterThan(900);
});

test("how long places are kept is a mean", () => {
  const times = new RunTimes();
  expect(times.placeMs).toBe(0);
  times.left(100);
  expect(times.placeMs).toBe(100);
  for (let n = 0; n < 200; n += 1) times.left(n % 2 === 0 ? 10 : 30);
  expect(times.placeMs).toBeGreaterThan(18);
  expect(times.placeMs).toBeLessThan(22);
});

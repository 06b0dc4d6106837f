import { expect, test } from "vitest";
import { RetryBudget } from "./retry-budget.js";

function taken(budget: RetryBudget, tries: number): number {
  let count = 0;
  for (let index = 0; index < tries; index++) if (budget.take()) count++;
  return count;
}

test("ten retries are there, and no more", () => {
  expect(taken(new RetryBudget(() => 0), 100)).toBe(10);
});

test("five calls earn one, and time brings them back, but never more than ten", () => {
  let now = 0;
  const budget = new RetryBudget(() => now);
  taken(budget, 10);
  for (let call = 0; call < 15; call++) budget.earn();
  expect(taken(budget, 100)).toBe(3);
  now += 4000;
  expect(taken(budget, 100)).toBe(2);
  now += 3_600_000;
  for (let call = 0; call < 1000; call++) budget.earn();
  expect(taken(budget, 100)).toBe(10);
});

test("a clock that goes back takes nothing", () => {
  let now = 1000;
  const budget = new RetryBudget(() => now);
  now = 0;
  expect(taken(budget, 100)).toBe(10);
});

import { expect, test } from "vitest";

import { isWornOut } from "./recycle-rules.js";

const fresh = { ageMs: 0, answered: 0, rss: 100, rssAtStart: 100 };

test.each([
  [{}, fresh, false],
  [{}, { ...fresh, ageMs: 1e12, answered: 1e12, rss: 1e12 }, false],
  [{ maxAgeMs: 10 }, { ...fresh, ageMs: 9 }, false],
  [{ maxAgeMs: 10 }, { ...fresh, ageMs: 10 }, true],
  [{ maxCalls: 10 }, { ...fresh, answered: 9 }, false],
  [{ maxCalls: 10 }, { ...fresh, answered: 10 }, true],
  [{ maxMemoryBytes: 200 }, { ...fresh, rss: 199 }, false],
  [{ maxMemoryBytes: 200 }, { ...fresh, rss: 200 }, true],
])("by %o, %o is worn out: %s", (rules, wear, expected) => {
  expect(isWornOut(wear, rules)).toBe(expected);
});

test("a worker that takes as much from its start is not replaced again and again", () => {
  expect(isWornOut({ ...fresh, rss: 300, rssAtStart: 250 }, { maxMemoryBytes: 200 })).toBe(false);
});

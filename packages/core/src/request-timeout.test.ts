import fc from "fast-check";
import { expect, test } from "vitest";

import { formatRequestTimeout, parseRequestTimeout } from "./request-timeout.js";

test.each([
  ["2", 2000],
  ["0.25", 250],
  ["1.5s", 1500],
  ["500ms", 500],
  ["0.5ms", 0.5],
  ["007", 7000],
  ["999999999", 999_999_999_000],
])("%s is %d milliseconds", (text, ms) => {
  expect(parseRequestTimeout(text)).toBe(ms);
});

test.each([
  "",
  "0",
  "0.0",
  "0ms",
  "-1",
  "+1",
  "1e3",
  ".5",
  "5.",
  "1,5",
  "2 s",
  "2m",
  "2S",
  "Infinity",
  "NaN",
  "0x10",
  "1s, 2s",
  "1".repeat(10),
])("%j is none", (text) => {
  expect(parseRequestTimeout(text)).toBeUndefined();
});

test("whatever is written is read as the same time, to the millisecond above", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 999_999_999_000, noNaN: true }), (ms) => {
      expect(parseRequestTimeout(formatRequestTimeout(ms) ?? "")).toBeCloseTo(Math.ceil(ms), 3);
    }),
  );
});

test("a time without end cannot be said", () => {
  expect(formatRequestTimeout(Number.POSITIVE_INFINITY)).toBeUndefined();
  expect(formatRequestTimeout(1e12)).toBeUndefined();
});

test("whatever comes, it is a time that can be kept, or none", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\d.]{0,12}(ms|s)?$/)), (text) => {
      const ms = parseRequestTimeout(text);
      expect(ms === undefined || (ms > 0 && Number.isFinite(ms))).toBe(true);
    }),
  );
});

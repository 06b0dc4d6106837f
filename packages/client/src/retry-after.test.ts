import * as fc from "fast-check";
import { expect, test } from "vitest";

import { retryAfterMs } from "./retry-after.js";

const longest = 2 ** 31 - 1;

function read(value: string, date?: string): number | undefined {
  return retryAfterMs(new Headers({ "retry-after": value, ...(date !== undefined && { date }) }));
}

test.each([
  ["0", 0],
  ["1", 1000],
  [" 30 ", 30_000],
  ["99999999999999999999", longest],
  ["9".repeat(400), longest],
  ["1.5", undefined],
  ["-1", undefined],
  ["1e3", undefined],
  ["", undefined],
  ["soon", undefined],
  ["2026-11-22T00:00:00Z", undefined],
  ["Sun, 99 Nov 2026 08:49:37 GMT", undefined],
])("%j is %j", (text, ms) => {
  expect(read(text)).toBe(ms);
});

test("an answer without the header says nothing", () => {
  expect(retryAfterMs(new Headers())).toBeUndefined();
});

test("a date counts from the date of the answer, and not from this machine's", () => {
  expect(read("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:30 GMT")).toBe(7000);
  expect(read("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:50:00 GMT"), "it is over").toBe(0);
  expect(read("Fri, 31 Dec 9999 23:59:59 GMT", "Sun, 06 Nov 1994 08:50:00 GMT")).toBe(longest);
});

test("without one it counts from now", () => {
  expect(read("Sun, 06 Nov 1994 08:49:37 GMT")).toBe(0);
  const ms = read(new Date(Date.now() + 60_000).toUTCString(), "yesterday") as number;
  expect(ms).toBeGreaterThan(50_000);
  expect(ms).toBeLessThanOrEqual(60_000);
});

test("whatever it says, the time is one that a timer takes", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: fc.constantFrom(...Array.from("0123456789 GMTSun,:NovDec-+.")) }), fc.date().map(String)),
      (text) => {
        const ms = retryAfterMs(new Headers({ "retry-after": text }));
        expect(ms === undefined || (ms >= 0 && ms <= longest)).toBe(true);
      },
    ),
  );
});

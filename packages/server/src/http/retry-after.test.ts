import { errorCodes } from "@bento/core";
import { expect, test } from "vitest";

import { retryAfter } from "./retry-after.js";

const codes = Object.keys(errorCodes) as (keyof typeof errorCodes)[];

test("whatever is answered with 429 or 503 says when to try again, in whole seconds, and nothing else does", () => {
  for (const code of codes) {
    for (const status of [429, 503]) expect(retryAfter(status, code)).toMatch(/^[1-9]\d*$/);
    for (const status of [400, 404, 499, 500, 502, 504]) expect(retryAfter(status, code)).toBeUndefined();
  }
});

test("who throws it may say when", () => {
  const said = [0, 1, 1000, 1001, 90_000].map((ms) => retryAfter(503, "BENTO_OVERLOADED", ms));
  expect(said).toEqual(["0", "1", "1", "2", "90"]);
  for (const ms of [-1, Number.NaN, Infinity]) expect(retryAfter(503, "BENTO_OVERLOADED", ms)).toBe("1");
  expect(retryAfter(500, "BENTO_INTERNAL", 1000)).toBeUndefined();
});

test("what is full has room again soon, what is broken has not", () => {
  const seconds = (
    ["BENTO_TOO_MANY_REQUESTS", "BENTO_OVERLOADED", "BENTO_WORKER_DIED", "BENTO_UNAVAILABLE", "BENTO_CRASH_LOOP"] as const
  ).map((code) => Number(retryAfter(errorCodes[code].status, code)));
  expect(seconds).toEqual([1, 1, 1, 5, 30]);
});

import { expect, test } from "vitest";
import { LoginCodes } from "./login-codes.js";

test("a code brings a token once, after somebody agreed, and for ten minutes only", () => {
  let now = 0;
  const codes = new LoginCodes(() => now);
  const [code, refused, late] = [codes.begin(), codes.begin(), codes.begin()];
  expect(code).toMatch(/^[\w-]{43}$/);
  expect(new Set([code, refused, late]).size).toBe(3);
  expect([codes.isWaiting(code), codes.take(code), codes.isWaiting("guessed"), codes.confirm("guessed", "t")]).toEqual([
    true,
    undefined,
    false,
    false,
  ]);
  expect(codes.confirm(code, "token")).toBe(true);
  // Nobody takes the place of a token that is there.
  expect([codes.isWaiting(code), codes.confirm(code, "other")]).toEqual([false, false]);
  expect([codes.take(code), codes.take(code)]).toEqual(["token", undefined]);
  codes.deny(refused);
  expect([codes.confirm(refused, "token"), codes.take(refused)]).toEqual([false, undefined]);
  now = 10 * 60_000 - 1;
  expect(codes.isWaiting(late)).toBe(true);
  codes.confirm(late, "token");
  now += 1;
  expect(codes.take(late)).toBeUndefined();
});

test("however many ask, no more than a thousand are remembered: the oldest go", () => {
  const codes = new LoginCodes(() => 0);
  const [first = "", ...rest] = Array.from({ length: 1001 }, () => codes.begin());
  expect(codes.isWaiting(first)).toBe(false);
  expect(rest.every((code) => codes.isWaiting(code))).toBe(true);
});

import { expect, test } from "vitest";

import { CallNumbers } from "./call-numbers.js";

test("numbers begin with one", () => {
  const numbers = new CallNumbers();
  expect([numbers.next(new Set()), numbers.next(new Set())]).toEqual([1, 2]);
});

test("numbers come round within 32 bits, without zero, and pass over those in use", () => {
  const numbers = new CallNumbers(0xffff_fffd);
  const inUse = new Set([0xffff_ffff, 1, 2]);
  expect([numbers.next(inUse), numbers.next(inUse), numbers.next(inUse)]).toEqual([0xffff_fffe, 3, 4]);
});

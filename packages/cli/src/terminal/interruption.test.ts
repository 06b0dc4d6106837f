import { BentoError } from "@bento/core";
import { afterEach, expect, test, vi } from "vitest";
import { Interruption } from "./interruption.js";

class Exited extends Error {}
const exit = vi.spyOn(process, "exit").mockImplementation(() => {
  throw new Exited();
});
afterEach(() => void exit.mockClear());

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("%s aborts the first time, and ends the process with %d the second", (name, code) => {
  using interruption = new Interruption();
  const signal = interruption.signal();
  process.emit(name, name);
  expect(signal.aborted).toBe(true);
  expect(BentoError.is(signal.reason, "BENTO_CANCELLED")).toBe(true);
  expect(interruption.by).toBe(name);
  expect(exit).not.toHaveBeenCalled();
  expect(() => process.emit(name, name)).toThrow(Exited);
  expect(exit).toHaveBeenCalledExactlyOnceWith(code);
});

test("where nobody asked, the process ends at once", () => {
  using _interruption = new Interruption();
  expect(() => process.emit("SIGINT", "SIGINT")).toThrow(Exited);
  expect(exit).toHaveBeenCalledExactlyOnceWith(130);
});

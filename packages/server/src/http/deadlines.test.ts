import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Deadlines } from "./deadlines.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

test("each call ends at its own time, unless it was stopped", () => {
  const deadlines = new Deadlines(100);
  const ended: string[] = [];
  const call = (name: string) => ({ expire: (timeoutMs: number) => void ended.push(`${name} after ${timeoutMs}`) });
  const [first, second, third] = [call("first"), call("second"), call("third")];
  deadlines.start(first, performance.now());
  vi.advanceTimersByTime(40);
  deadlines.start(second, performance.now());
  deadlines.start(third, performance.now());
  vi.advanceTimersByTime(59);
  expect(ended).toEqual([]);
  vi.advanceTimersByTime(2);
  expect(ended).toEqual(["first after 100"]);
  deadlines.stop(second);
  vi.advanceTimersByTime(100);
  expect(ended).toEqual(["first after 100", "third after 100"]);
  deadlines.start(first, performance.now());
  vi.advanceTimersByTime(101);
  expect(ended).toHaveLength(3);
});

test("a time longer than a timer can take does not end at once", () => {
  const deadlines = new Deadlines(2 ** 40);
  const expire = vi.fn<() => void>();
  deadlines.start({ expire }, performance.now());
  vi.advanceTimersByTime(2 ** 31);
  expect(expire).not.toHaveBeenCalled();
});

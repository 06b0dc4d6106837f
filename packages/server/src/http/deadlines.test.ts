import fc from "fast-check";
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
  const time = deadlines.start(second, performance.now());
  deadlines.start(third, performance.now());
  vi.advanceTimersByTime(59);
  expect(ended).toEqual([]);
  vi.advanceTimersByTime(2);
  expect(ended).toEqual(["first after 100"]);
  time.stop();
  time.stop();
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

test("whichever of them are stopped, the others end, in order", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(11), { maxLength: 20 }), (stops) => {
      const deadlines = new Deadlines(10);
      const ended: number[] = [];
      const times = Array.from({ length: 12 }, (_, n) => deadlines.start({ expire: () => void ended.push(n) }, performance.now()));
      for (const n of stops) times[n]?.stop();
      vi.advanceTimersByTime(11);
      expect(ended).toEqual(Array.from({ length: 12 }, (_, n) => n).filter((n) => !stops.includes(n)));
    }),
  );
});

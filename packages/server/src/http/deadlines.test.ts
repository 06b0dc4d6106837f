import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Deadlines } from "./deadlines.js";
import type { CallTime } from "./out-of-time.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

test("each call ends at its own time, unless it was stopped", () => {
  const deadlines = new Deadlines(100);
  const ended: string[] = [];
  const call = (name: string) => ({ expire: ({ timeoutMs }: CallTime) => void ended.push(`${name} after ${timeoutMs}`) });
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

test("a caller that waits for less than others has a time of its own, and one that waits for more has theirs", () => {
  const deadlines = new Deadlines(100);
  const ended: string[] = [];
  const call = (name: string) => ({ expire: (time: CallTime) => void ended.push(`${name} after ${time.timeoutMs}, ${time.isCallers}`) });
  const startedAt = performance.now();
  deadlines.start(call("hasty"), startedAt, 20);
  deadlines.start(call("patient"), startedAt, 1000);
  deadlines.start(call("equal"), startedAt, 100);
  deadlines.start(call("stopped"), startedAt, 30).stop();
  vi.advanceTimersByTime(19);
  expect(ended).toEqual([]);
  vi.advanceTimersByTime(31);
  expect(ended).toEqual(["hasty after 20, true"]);
  vi.advanceTimersByTime(51);
  expect(ended).toEqual(["hasty after 20, true", "patient after 100, false", "equal after 100, false"]);
  // Its arrival is what counts, not when its watch began.
  deadlines.start(call("late"), performance.now() - 50, 20);
  vi.advanceTimersByTime(1);
  expect(ended.at(-1)).toBe("late after 20, true");
});

test("each call ends when the lesser of the two times is over, and not before", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }), (patience) => {
      const deadlines = new Deadlines(20);
      const begun = performance.now();
      const ended = new Map<number, number>();
      const ends = patience.map((ms, n) => deadlines.start({ expire: () => void ended.set(n, performance.now()) }, begun, ms).end);
      expect(ends).toEqual(patience.map((ms) => begun + Math.min(ms, 20)));
      for (let ms = 0; ms < 22; ms += 1) vi.advanceTimersByTime(1);
      expect([...ended.keys()].toSorted((a, b) => a - b)).toEqual(patience.map((_, n) => n));
      for (const [n, at] of ended) {
        const lateMs = at - (ends[n] ?? Infinity);
        expect(lateMs).toBeGreaterThanOrEqual(0);
        expect(lateMs).toBeLessThanOrEqual(1);
      }
    }),
  );
});

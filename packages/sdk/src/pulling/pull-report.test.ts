import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PullReport } from "./pull-report.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] }));
afterEach(() => void vi.useRealTimers());

test("a log gets a line every ten seconds until it is over, with the rate since the beginning", () => {
  const lines: string[] = [];
  const logger = { info: (_: object, message: string) => void lines.push(message), warn: () => undefined };
  const mebi = 1024 ** 2;
  {
    using report = new PullReport("clf:v1 from http://r", { logger });
    vi.advanceTimersByTime(10_000);
    expect(lines).toEqual([]);
    // What was there before a break did not come now.
    report.update({ phase: "transfer", bytes: 100 * mebi, total: 400 * mebi });
    report.update({ phase: "transfer", bytes: 200 * mebi, total: 400 * mebi });
    vi.advanceTimersByTime(10_000);
    expect(lines).toEqual(["clf:v1 from http://r: 50%, 200.00 MiB of 400.00 MiB, 5.00 MiB/s, 0:40 left"]);
  }
  vi.advanceTimersByTime(100_000);
  expect(lines).toHaveLength(1);
});

test("nobody who looks on is nobody who is told", () => {
  using report = new PullReport("clf:v1", {});
  report.update({ phase: "transfer", bytes: 1, total: 2 });
  expect(vi.getTimerCount()).toBe(0);
});

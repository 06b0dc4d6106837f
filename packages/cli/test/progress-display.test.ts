import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ProgressDisplay } from "../src/output/progress-display.js";
import { FakeTerminal } from "./fake-terminal.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] }));
afterEach(() => void vi.useRealTimers());

const erase = "\r\u001B[K";

/** Reports one more byte of a thousand each millisecond. */
function work(terminal: FakeTerminal, { quiet = false, ms = 1000 }: { readonly quiet?: boolean; readonly ms?: number }): void {
  using display = new ProgressDisplay(terminal, { label: "digits:v1", quiet });
  for (let bytes = 0; bytes <= ms; bytes += 1) {
    display.update({ phase: "transfer", bytes, total: ms });
    vi.advanceTimersByTime(1);
  }
}

test("on a terminal: at most ten times a second, each time over the last, and gone at the end", () => {
  const terminal = new FakeTerminal({ columns: 80 });
  work(terminal, {});
  expect(terminal.writes).toHaveLength(11);
  expect(terminal.writes.at(-1)).toBe(erase);
  for (const write of terminal.writes) expect(write.startsWith(erase)).toBe(true);
  expect(terminal.writes[4]).toContain(" 49%  499.00 B of 1000.00 B  998.00 B/s  0:01 left");
  expect(terminal.stderr).not.toContain("\n");
});

test("a terminal that is made narrower gets narrower lines", () => {
  const terminal = new FakeTerminal({ columns: 80 });
  using display = new ProgressDisplay(terminal, { label: "digits:v1", quiet: false });
  display.update({ phase: "transfer", bytes: 1, total: 2 });
  vi.advanceTimersByTime(100);
  terminal.columns = 20;
  vi.advanceTimersByTime(100);
  expect(terminal.writes[0]?.length).toBeGreaterThan(20);
  expect(terminal.writes[1]?.length).toBeLessThanOrEqual(erase.length + 19);
});

test("the clock goes on while nothing moves", () => {
  const terminal = new FakeTerminal({ columns: 80 });
  using display = new ProgressDisplay(terminal, { label: "digits:v1", quiet: false });
  display.update({ phase: "transfer", bytes: 0, total: 2000 });
  vi.advanceTimersByTime(1000);
  display.update({ phase: "transfer", bytes: 1000, total: 2000 });
  vi.advanceTimersByTime(9000);
  expect(terminal.writes.at(-1)).toContain("100.00 B/s  0:10 left");
});

test("work of a moment shows nothing", () => {
  const terminal = new FakeTerminal({ columns: 80 });
  work(terminal, { ms: 90 });
  expect(terminal.writes).toEqual([]);
});

test("in a pipe: a line every ten seconds, none for work that is shorter", () => {
  const brief = new FakeTerminal();
  work(brief, { ms: 9900 });
  expect(brief.writes).toEqual([]);
  const long = new FakeTerminal();
  work(long, { ms: 25_000 });
  expect(long.writes).toHaveLength(2);
  expect(long.stderr).toMatch(/^digits:v1: {2}39%, 9\.76 KiB of 24\.41 KiB, 999\.\d\d B\/s, 0:1[56] left\n/);
});

test("quiet: nothing anywhere", () => {
  for (const columns of [80, undefined]) {
    const terminal = new FakeTerminal({ columns });
    work(terminal, { quiet: true, ms: 25_000 });
    expect(terminal.writes).toEqual([]);
  }
});

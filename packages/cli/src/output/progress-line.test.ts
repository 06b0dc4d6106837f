import fc from "fast-check";
import stringWidth from "string-width";
import { expect, test } from "vitest";
import { progressBar, progressSentence, type ProgressState } from "./progress-line.js";

const mebi = 1024 ** 2;
const half: ProgressState = { label: "digits:v1", phase: "transfer", bytes: 512 * mebi, total: 1024 * mebi, bytesPerSecond: 64 * mebi };

test.each([
  [100, "digits:v1  [================                 ]   50%  512.00 MiB of 1.00 GiB  64.00 MiB/s  0:08 left"],
  [80, "digits:v1  [======       ]   50%  512.00 MiB of 1.00 GiB  64.00 MiB/s  0:08 left"],
  [60, "digits:v1   50%  512.00 MiB of 1.00 GiB  0:08 left"],
  [40, "digits:v1  [=====     ]   50%  0:08 left"],
  [24, "digits:v1   50%"],
  [12, "digit…   50%"],
  [8, "d…   50%"],
  [4, " 50%"],
  [2, " …"],
  [0, ""],
])("at %d columns: %s", (columns, line) => {
  const drawn = progressBar(half, columns);
  expect(stringWidth(drawn)).toBeLessThanOrEqual(columns);
  expect(drawn).toBe(line);
});

test("a source that does not tell its length has no percent", () => {
  expect(progressBar({ ...half, total: undefined }, 80)).toBe("digits:v1  512.00 MiB  64.00 MiB/s");
});

test("what is written at the end may take a moment", () => {
  expect(progressSentence({ ...half, bytes: half.total as number, phase: "finish" })).toBe(
    "digits:v1: 100%, 1.00 GiB of 1.00 GiB, finishing",
  );
});

test.each([
  [0, "1:00:00 left"],
  [1, "59:59 left"],
  [3599, "0:01 left"],
])("after %d of 3600 seconds: %s", (done, left) => {
  expect(progressSentence({ ...half, bytes: done, total: 3600, bytesPerSecond: 1 })).toContain(left);
});

test("more than there should be is no more than all", () => {
  expect(progressSentence({ ...half, bytes: 2048 * mebi })).toContain("100%");
});

test("wide letters and emoji are counted as a terminal shows them, and never cut in two", () => {
  const line = progressBar({ ...half, label: "模型模型模型模型👩‍👩‍👧déjà" }, 24);
  expect(line).toContain("…");
  expect(line).not.toContain("\uFFFD");
  expect(stringWidth(line)).toBeLessThanOrEqual(24);
});

test("no state is ever wider than the terminal, nor more than a line", () => {
  const size = fc.double({ min: 0, max: 2 ** 50, noNaN: true });
  const state = fc.record({
    label: fc.string({ unit: "grapheme" }),
    phase: fc.constantFrom("transfer" as const, "finish" as const),
    bytes: size,
    total: fc.option(size, { nil: undefined }),
    bytesPerSecond: fc.option(size, { nil: undefined }),
  });
  fc.assert(
    fc.property(state, fc.integer({ min: 0, max: 200 }), (each, columns) => {
      const line = progressBar(each, columns);
      expect(stringWidth(line)).toBeLessThanOrEqual(columns);
      expect(line).not.toMatch(/[\n\r]/);
    }),
  );
});

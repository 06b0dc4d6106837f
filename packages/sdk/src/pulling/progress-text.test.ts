import { expect, test } from "vitest";
import { progressLine, progressSentence, type ProgressState, sizeText } from "./progress-text.js";

const half: ProgressState = {
  label: "clf:v1",
  phase: "transfer",
  bytes: 512 * 1024 ** 2,
  total: 1024 ** 3,
  bytesPerSecond: 64 * 1024 ** 2,
};

test.each([
  [100, "clf:v1  [==================                   ]  50%  512.00 MiB of 1.00 GiB  64.00 MiB/s  0:08 left"],
  [70, "clf:v1  50%  512.00 MiB of 1.00 GiB  64.00 MiB/s  0:08 left"],
  [20, "clf:v1  50%  512.00 "],
])("a line of a terminal of %i columns", (columns, line) => {
  expect(progressLine(half, columns)).toBe(line);
});

test("what the other side does not tell is not made up", () => {
  const state = { ...half, total: undefined, bytesPerSecond: 0 };
  expect([progressLine(state, 80), progressSentence(state)]).toEqual(["clf:v1  512.00 MiB", "clf:v1: 512.00 MiB"]);
});

test("what is left when all has come takes no time that could be told", () => {
  expect(progressSentence({ ...half, phase: "finish", bytes: 1024 ** 3 })).toBe("clf:v1: 100%, 1.00 GiB of 1.00 GiB, finishing");
});

test("a line of a log, and a long way to go", () => {
  expect(progressSentence({ ...half, bytesPerSecond: 1024 ** 2 / 25 })).toBe(
    "clf:v1: 50%, 512.00 MiB of 1.00 GiB, 40.96 KiB/s, 3:33:20 left",
  );
  expect([sizeText(0), sizeText(1023), sizeText(1024 ** 5)]).toEqual(["0 B", "1023 B", "1024.00 TiB"]);
});

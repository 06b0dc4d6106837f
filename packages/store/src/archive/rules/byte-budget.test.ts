import { expect, test } from "vitest";
import { ByteBudget } from "./byte-budget.js";
import { defaultLimits, limitsOf } from "./limits.js";

const gib = 2 ** 30;

test("a GiB is free, and beyond it the archive may be a 200th of what it unpacks to", () => {
  const budget = new ByteBudget(defaultLimits);
  budget.unpacked(gib);
  expect(() => budget.unpacked(1)).toThrow(/maxRatio is 200/);
  const fair = new ByteBudget(defaultLimits);
  fair.read(gib);
  fair.unpacked(200 * gib);
  expect(() => fair.unpacked(1)).toThrow(/1,073,741,824 bytes unpack to 214,748,364,801/);
});

test("what a decompressor gives counts, whether it becomes a file or not", () => {
  const budget = new ByteBudget(defaultLimits);
  expect(() => budget.decompressed(gib + 1)).toThrow(/maxRatio/);
});

test("files are counted together, and before they are read", () => {
  const budget = new ByteBudget(limitsOf({ maxBytes: 100 }));
  budget.read(100);
  budget.unpacked(60);
  budget.announced(40);
  expect(() => budget.announced(41)).toThrow(/maxBytes is 100/);
  budget.unpacked(40);
  expect(() => budget.unpacked(1)).toThrow(
    expect.objectContaining({ code: "BENTO_ARCHIVE_UNSAFE", hint: expect.stringContaining("maxBytes") as string }),
  );
});

test("what is held in memory has a limit of its own", () => {
  const budget = new ByteBudget(limitsOf({ maxBytes: Infinity, maxRatio: Infinity }));
  budget.held(2 ** 28);
  expect(() => budget.held(1)).toThrow(/268,435,456 bytes/);
});

test("an archive that does not end is given up, packed or unpacked", () => {
  const limits = limitsOf({ maxBytes: 1000, maxEntries: 1 });
  const budget = new ByteBudget(limits);
  budget.read(17_000);
  expect(() => budget.read(1000)).toThrow(/does not end/);
  const packed = new ByteBudget(limits);
  packed.decompressed(17_000);
  expect(() => packed.decompressed(1000)).toThrow(/does not end/);
});

test("without a limit of the ratio, bytes may come from no archive at all", () => {
  const budget = new ByteBudget(limitsOf({ maxRatio: Number.POSITIVE_INFINITY }));
  expect(() => budget.unpacked(2 ** 32)).not.toThrow();
});

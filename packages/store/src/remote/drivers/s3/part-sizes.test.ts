import { expect, test } from "vitest";
import { largestPart, mostParts, partsAtOnce, partSizes, smallestPart } from "./part-sizes.js";

const MiB = 1024 ** 2;
const TiB = 1024 ** 4;

test("parts of a known size are alike, enough of them for any object, and no larger than is needed", () => {
  for (let size = 1; size <= 48 * TiB; size = Math.ceil(size * 1.37)) {
    for (const asked of [undefined, smallestPart, 64 * MiB]) {
      const next = partSizes(size, asked);
      const each = next();
      expect(next()).toBe(each);
      expect(each).toBeLessThanOrEqual(largestPart);
      const parts = Math.ceil(size / each);
      expect(parts).toBeLessThanOrEqual(mostParts);
      if (parts > 1) expect(each).toBeGreaterThanOrEqual(asked ?? 8 * MiB);
      else expect(each).toBe(size);
      // A MiB less for each would not do, where it is more than was asked for.
      if (each > (asked ?? 8 * MiB)) expect(Math.ceil(size / (each - MiB))).toBeGreaterThan(mostParts);
    }
  }
});

test("parts of an unknown size grow, reach 5 TiB, and stay small while there is little", () => {
  for (const asked of [undefined, smallestPart, 64 * MiB, largestPart]) {
    const next = partSizes(undefined, asked);
    const first = asked ?? 8 * MiB;
    let before = 0;
    let last = first;
    for (let index = 0; index < mostParts; index += 1) {
      const size = next();
      const isFit = size >= last && size <= Math.max(first, Math.ceil(before / 1000 / MiB) * MiB) && size <= largestPart;
      if (!isFit) expect.fail(`part ${index} has ${size} bytes, after ${before}`);
      before += size;
      last = size;
    }
    expect(before).toBeGreaterThanOrEqual(5 * TiB);
  }
});

test("parts in memory are bounded by what they take, and there is always one", () => {
  for (let size = 1; size <= largestPart; size = Math.ceil(size * 1.5)) {
    const atOnce = partsAtOnce(size);
    expect(atOnce === 1 || atOnce * size <= 56 * MiB).toBe(true);
    expect(atOnce).toBeGreaterThanOrEqual(1);
  }
  expect(partsAtOnce(8 * MiB)).toBe(7);
});

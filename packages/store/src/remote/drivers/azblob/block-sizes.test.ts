import fc from "fast-check";
import { expect, test } from "vitest";
import { blockSizes, lanesFor, largestBlob, largestBlock, mostBlocks } from "./block-sizes.js";

const MiB = 1024 * 1024;
const TiB = 1024 ** 4;

test("every size that a blob can have fits into blocks that it can have, of which no more are kept than fit into memory", () => {
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeNat(), fc.nat(100 * MiB)), (any) => {
      const size = any % (largestBlob + 1);
      const each = blockSizes(size)(0);
      expect(Math.ceil(size / each)).toBeLessThanOrEqual(mostBlocks);
      expect(each).toBeLessThanOrEqual(largestBlock);
      expect(blockSizes(size)(mostBlocks - 1)).toBe(each);
      // No larger than it must be: 8 MiB, or a MiB above an even share.
      expect(each).toBeLessThanOrEqual(Math.max(8 * MiB, size / mostBlocks + MiB));
      if (each <= 8 * MiB) expect(lanesFor(each) * each).toBeLessThanOrEqual(48 * MiB);
    }),
  );
  expect(blockSizes(largestBlob)(0)).toBe(largestBlock);
  expect(lanesFor(largestBlock)).toBe(1);
});

test("blocks of an unknown size grow slowly, and suffice for 100 TiB", () => {
  const sizeOf = blockSizes(undefined);
  let sent = 0;
  let isSteady = true;
  for (let index = 0; index < mostBlocks; index += 1) {
    const size = sizeOf(index);
    isSteady &&= size <= Math.min(largestBlock, 8 * MiB + sent / 1000) && size >= sizeOf(Math.max(index - 1, 0));
    sent += size;
  }
  expect(isSteady).toBe(true);
  expect(sent).toBeGreaterThan(100 * TiB);
  expect(sent).toBeLessThanOrEqual(largestBlob);
});

import { expect, test } from "vitest";
import { halfWeights, noise, weights, words } from "../../../../test/support/codec-data.js";

interface Unit {
  readonly start: number;
  readonly end: number;
  readonly counts: Uint32Array;
  readonly bits: number;
  readonly saved: number;
}

interface Module {
  readonly unitsOf: (block: Uint8Array) => readonly Unit[];
}

// By its address, because the checker of tests reads no JavaScript.
const { unitsOf } = (await import(new URL("units.js", import.meta.url).href)) as Module;

const mib = 1024 * 1024;

/** What repeated strings save, in 1/1000 of the size. */
function repeatsOf(block: Uint8Array): number {
  return (unitsOf(block).reduce((sum, { saved }) => sum + saved, 0) * 125) / block.length;
}

test("strings repeat in text, and neither in noise nor in weights", () => {
  expect(repeatsOf(noise(mib))).toBe(0);
  expect(repeatsOf(weights(mib))).toBeLessThan(0.5);
  expect(repeatsOf(halfWeights(mib))).toBeLessThan(0.5);
  expect(repeatsOf(words(mib))).toBeGreaterThan(50);
});

test.each([1, 2, 3, 4, 8, 16])("records of %i numbers that are mostly the same are met, wherever they begin", (numbers) => {
  const record = noise(numbers * 8, 4);
  const records = Buffer.concat(Array.from({ length: (64 * 1024) / record.length }, () => record));
  const source = noise(records.length);
  for (let at = 0; at < records.length; at += record.length) source.copy(records, at, at, at + 2);
  for (const shift of [0, 1, 2, 3, 5]) expect(repeatsOf(records.subarray(shift))).toBeGreaterThan(20);
});

test("a long string is met again at every distance that deflate can reach, and at none beyond", () => {
  for (const distance of [1000, 4096, 10_007, 16_384, 32_768, 32_769, 40_000]) {
    const block = noise(64 * 1024);
    block.copyWithin(distance, 0, 1000);
    if (distance > 32_768) expect(repeatsOf(block)).toBe(0);
    else expect(repeatsOf(block)).toBeGreaterThan(1);
  }
});

test("units cover a block, each with the counts of its bytes, whatever was looked at before", () => {
  const block = Buffer.concat([words(100_000), weights(50_001)]);
  const units = unitsOf(block);
  expect(units[0]?.start).toBe(0);
  expect(units.at(-1)?.end).toBe(block.length);
  for (const [index, unit] of units.entries()) {
    if (index > 0) expect(unit.start).toBe(units[index - 1]?.end);
    const counts = new Uint32Array(256);
    for (const byte of block.subarray(unit.start, unit.end)) counts.fill((counts[byte] ?? 0) + 1, byte, byte + 1);
    expect(unit.counts).toEqual(counts);
    const size = unit.end - unit.start;
    const bits = counts.reduce((sum, count) => (count === 0 ? sum : sum + count * Math.log2(size / count)), 0);
    expect(Math.abs(unit.bits / bits - 1)).toBeLessThan(0.001);
  }
  unitsOf(noise(mib));
  expect(unitsOf(block)).toEqual(units);
});

test("blocks of every small size are looked at", () => {
  for (const length of [0, 1, 2, 3, 4, 5, 100, 16_384, 16_385, 32_768, 49_153, mib]) {
    const block = words(length);
    expect(unitsOf(block).at(-1)?.end).toBe(length);
    expect(unitsOf(block).reduce((sum, { bits }) => sum + bits, 0)).toBeLessThanOrEqual(length * 8);
    expect(unitsOf(Buffer.alloc(length)).reduce((sum, { bits }) => sum + bits, 0)).toBe(0);
  }
});

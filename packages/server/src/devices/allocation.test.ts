import fc from "fast-check";
import { expect, test } from "vitest";

import { GpuLedger } from "./allocation.js";

const ledgerOf = (total: number) => new GpuLedger(Array.from({ length: total }, (_, index) => String(index)));

test("gives out what BentoML gives out, except for a device that is not there", () => {
  const ledger = ledgerOf(4);
  const asked = [0.5, 1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 1, 0.25];
  const given = [["0"], ["1"], ["0"], ["2"], ["3"], ["3"], ["3"], ["3"], undefined, undefined];
  expect(asked.map((count) => ledger.take(count))).toEqual(given);
  expect([ledger.total, ledger.free]).toEqual([4, 0]);
  expect(ledger.take(0.5)).toEqual(["2"]);
});

test("takes none when there are too few", () => {
  const ledger = ledgerOf(2);
  expect(ledger.take(3)).toBeUndefined();
  expect(ledger.take(2)).toEqual(["0", "1"]);
});

test("does not give out what was named", () => {
  const ledger = ledgerOf(3);
  ledger.claim(["1", "no such"]);
  expect([ledger.free, ledger.take(2), ledger.take(0.5)]).toEqual([1 + 1, ["0", "2"], undefined]);
});

test.each([2, 3, 7, 10, 100])("has room for %i equal parts of a device, and no more", (parts) => {
  const ledger = ledgerOf(1);
  const given = Array.from({ length: parts + 1 }, () => ledger.take(1 / parts));
  expect(given).toEqual([...Array.from({ length: parts }, () => ["0"]), undefined]);
});

test("never gives out more of a device than there is, nor two sizes of one", () => {
  const counts = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom(0.5, 0.25, 0.3, 0.1, 1 / 3, 0.75));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 6 }), fc.array(counts, { maxLength: 40 }), (total, wanted) => {
      const ledger = ledgerOf(total);
      const parts = new Map<string, number[]>();
      for (const count of wanted) {
        const free = ledger.free;
        const taken = ledger.take(count);
        if (taken === undefined) expect(free).toBeLessThan(Math.ceil(count));
        else expect(taken).toHaveLength(Math.ceil(count));
        for (const id of taken ?? []) parts.set(id, [...(parts.get(id) ?? []), Math.min(count, 1)]);
      }
      for (const [id, sizes] of parts) {
        expect(Number(id)).toBeLessThan(total);
        expect(new Set(sizes).size).toBe(1);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(1 + 1e-9);
      }
    }),
  );
});

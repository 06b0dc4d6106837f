import fc from "fast-check";
import { expect, test, vi } from "vitest";

import { type DeviceLease, GpuLedger, processLeases } from "./allocation.js";

const idsOf = (total: number) => Array.from({ length: total }, (_, index) => String(index));
const ledgerOf = (total: number) => new GpuLedger(idsOf(total));
const take = (ledger: GpuLedger, count: number) => ledger.take("Digits", count)?.keys;

test("gives out what BentoML gives out, except for a device that is not there", () => {
  const ledger = ledgerOf(4);
  const asked = [0.5, 1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 1, 0.25];
  const given = [["0"], ["1"], ["0"], ["2"], ["3"], ["3"], ["3"], ["3"], undefined, undefined];
  expect(asked.map((count) => take(ledger, count))).toEqual(given);
  expect([ledger.total, ledger.free]).toEqual([4, 0]);
  expect(take(ledger, 0.5)).toEqual(["2"]);
});

test("takes none when there are too few", () => {
  const ledger = ledgerOf(2);
  expect(take(ledger, 3)).toBeUndefined();
  expect(take(ledger, 2)).toEqual(["0", "1"]);
});

test("does not give out what was named, and knows who has it", () => {
  const ledger = ledgerOf(3);
  ledger.claim("Named", ["1", "no such"]);
  expect([ledger.free, take(ledger, 2), take(ledger, 0.5)]).toEqual([1 + 1, ["0", "2"], undefined]);
  expect(["0", "1"].map((id) => ledger.holdersOf(id))).toEqual([["Digits"], ["Named"]]);
});

test.each([2, 3, 7, 10, 100])("has room for %i equal parts of a device, and no more", (parts) => {
  const ledger = ledgerOf(1);
  const given = Array.from({ length: parts + 1 }, () => take(ledger, 1 / parts));
  expect(given).toEqual([...Array.from({ length: parts }, () => ["0"]), undefined]);
});

test("what is given back can be given out again, in any size once all parts of it are back", () => {
  const ledger = ledgerOf(1);
  const [first, second] = [ledger.take("A", 0.5), ledger.take("B", 0.5)] as [DeviceLease, DeviceLease];
  ledger.release(first);
  ledger.release(first);
  expect([take(ledger, 1), take(ledger, 0.25), ledger.take("C", 0.5)?.keys, take(ledger, 0.5)]).toEqual([
    undefined,
    undefined,
    ["0"],
    undefined,
  ]);
  ledger.release(second);
  expect([ledger.free, ledger.holdersOf("0")]).toEqual([0, ["C"]]);
});

test("every copy of the package knows what the services of this process have", async () => {
  const here = new GpuLedger(idsOf(2), processLeases());
  vi.resetModules();
  const copy = await import("./allocation.js");
  expect(copy.GpuLedger).not.toBe(GpuLedger);
  const there = new copy.GpuLedger(idsOf(2), copy.processLeases());
  const lease = here.take("Here", 1) as DeviceLease;
  const other = there.take("There", 1) as DeviceLease;
  expect([lease.keys, other.keys, here.free, there.take("Third", 1)]).toEqual([["0"], ["1"], 0, undefined]);
  there.release(lease);
  here.release(other);
  expect([here.free, there.free, processLeases().size]).toEqual([2, 2, 0]);
});

test("never has more of a device taken than there is, nor two sizes of one, whatever is given back meanwhile", () => {
  const counts = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom(0.5, 0.25, 0.3, 0.1, 1 / 3, 0.75));
  const step = fc.oneof(fc.record({ take: counts }), fc.record({ giveBack: fc.nat({ max: 8 }) }));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 6 }), fc.array(step, { maxLength: 60 }), (total, steps) => {
      const ledger = ledgerOf(total);
      const held: DeviceLease[] = [];
      for (const wanted of steps) {
        if ("giveBack" in wanted) {
          for (const lease of held.splice(wanted.giveBack, 1)) ledger.release(lease);
          continue;
        }
        const { free } = ledger;
        const lease = ledger.take("Digits", wanted.take);
        if (lease === undefined) expect(free).toBeLessThan(Math.ceil(wanted.take));
        else held.push(lease);
        expect(lease?.keys.length ?? 0).toBe(lease === undefined ? 0 : Math.ceil(wanted.take));
      }
      for (const id of idsOf(total + 4)) {
        const shares = held.filter(({ keys }) => keys.includes(id)).map(({ share }) => share);
        expect(new Set(shares).size).toBeLessThanOrEqual(1);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeLessThanOrEqual(Number(id) < total ? 1 + 1e-9 : 0);
      }
      for (const lease of held) ledger.release(lease);
      expect(ledger.free).toBe(total);
    }),
  );
});

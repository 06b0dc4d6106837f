import * as fc from "fast-check";
import { expect, test } from "vitest";

import { KeptEvents } from "./kept-events.js";

const steps = fc.array(
  fc.oneof(
    fc.record({ add: fc.string({ unit: "binary", maxLength: 30 }) }),
    fc.constant({ take: true as const }),
    fc.record({ goTo: fc.double({ min: 0, max: 1, noNaN: true }) }),
  ),
  { maxLength: 300 },
);

test("events come in order from wherever it goes on, none is lost, and no more is kept than may be", () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 80 }), (all, items, bytes) => {
      const kept = new KeptEvents({ items, bytes });
      const added: string[] = [];
      let next = 0;
      for (const step of all) {
        if ("add" in step) {
          kept.add(step.add);
          added.push(step.add);
        } else if ("take" in step) {
          expect(kept.take()).toBe(added[next]);
          next = Math.min(next + 1, added.length);
        } else {
          next = kept.first + Math.round(step.goTo * (kept.end - kept.first));
          kept.goTo(next);
        }
        const sizes = added.map((text) => Buffer.byteLength(text));
        const sum = (from: number, to: number): number => sizes.slice(from, to).reduce((total, size) => total + size, 0);
        expect([kept.end, kept.waiting]).toEqual([added.length, added.length - next]);
        expect(kept.waitingBytes).toBe(sum(next, added.length));
        expect(kept.bytes).toBe(sum(kept.first, added.length));
        if (!("add" in step)) {
          const sent = next - kept.first;
          expect(sent <= Math.max(1, items * 1.125)).toBe(true);
          expect(sum(kept.first, next) <= bytes * 1.125 || sent <= 1).toBe(true);
        }
      }
    }),
  );
});

test("as many are kept as may be", () => {
  const kept = new KeptEvents({ items: 1000, bytes: 100 });
  for (let n = 0; n < 50; n += 1) {
    kept.add("x".repeat(10));
    kept.take();
    expect(kept.end - kept.first).toBeGreaterThanOrEqual(Math.min(n + 1, 10));
  }
});

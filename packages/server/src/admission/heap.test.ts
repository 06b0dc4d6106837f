import fc from "fast-check";
import { expect, test } from "vitest";

import { Heap } from "./heap.js";

interface Item {
  value: number;
  index: number;
}

const steps = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant("add" as const), value: fc.integer({ min: 0, max: 20 }) }),
    fc.record({ type: fc.constant("remove" as const), at: fc.nat() }),
    fc.record({ type: fc.constant("move" as const), at: fc.nat(), value: fc.integer({ min: 0, max: 20 }) }),
  ),
  { maxLength: 200 },
);

test("the least is first, whatever comes, moves and goes", () =>
  fc.assert(
    fc.property(steps, (all) => {
      const heap = new Heap<Item>(
        (a, b) => a.value < b.value,
        (item, index) => (item.index = index),
      );
      const items: Item[] = [];
      for (const step of all) {
        if (step.type === "add") {
          const item = { value: step.value, index: -1 };
          items.push(item);
          heap.add(item);
        } else {
          const at = step.at % Math.max(1, items.length);
          const item = items.at(at);
          if (item === undefined) continue;
          if (step.type === "move") {
            item.value = step.value;
            heap.moved(item.index);
          } else {
            items.splice(at, 1);
            heap.remove(item.index);
          }
        }
        expect(heap.size).toBe(items.length);
        expect(heap.first?.value).toBe(items.length === 0 ? undefined : Math.min(...items.map(({ value }) => value)));
        expect(items.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual(items.map((_, index) => index));
      }
    }),
  ));

import fc from "fast-check";
import { expect, test } from "vitest";

import { leastLoaded, mostBacklogBytes, mostUnansweredPings, type WorkerLoad } from "./least-loaded.js";

const load = fc.record({
  inFlight: fc.nat(5),
  backlogBytes: fc.oneof(fc.nat(1000), fc.integer({ min: mostBacklogBytes, max: mostBacklogBytes + 1 })),
  unansweredPings: fc.nat(mostUnansweredPings + 2),
});
const hasRoom = ({ backlogBytes }: WorkerLoad): boolean => backlogBytes <= mostBacklogBytes;
const isAlive = ({ unansweredPings }: WorkerLoad): boolean => unansweredPings <= mostUnansweredPings;

test("never one with more than enough waiting; a silent one only where there is no other; of those the least loaded", () => {
  fc.assert(
    fc.property(fc.array(load, { maxLength: 6 }), fc.nat(), (workers, turn) => {
      const chosen = leastLoaded(workers, turn);
      const possible = workers.filter(hasRoom);
      expect(chosen === undefined).toBe(possible.length === 0);
      if (chosen === undefined) return;
      expect(possible).toContain(chosen);
      const preferred = possible.some(isAlive) ? possible.filter(isAlive) : possible;
      expect(preferred).toContain(chosen);
      expect(chosen.inFlight).toBe(Math.min(...preferred.map(({ inFlight }) => inFlight)));
    }),
  );
});

test("equally loaded workers take turns", () => {
  const workers = ["a", "b", "c"].map((name) => ({ name, inFlight: 1, backlogBytes: 0, unansweredPings: 0 }));
  expect([1, 2, 3, 4, 5, 6].map((turn) => leastLoaded(workers, turn)?.name)).toEqual(["b", "c", "a", "b", "c", "a"]);
});

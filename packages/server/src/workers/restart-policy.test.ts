import fc from "fast-check";
import { expect, test } from "vitest";

import { decideRestart, type WorkerLife } from "./restart-policy.js";

const inVain: WorkerLife = { wasReady: false, answered: 0, readyMs: 0 };
const useful: WorkerLife = { wasReady: true, answered: 1, readyMs: 5 };

/** The decisions after each of some lives. */
function decisions(lives: readonly WorkerLife[], rules = {}) {
  let before = 0;
  return lives.map((life) => {
    const decision = decideRestart(life, before, rules);
    before = decision.inVain;
    return decision;
  });
}

test("pauses double up to the longest, and then it is a loop, and then hopeless", () => {
  const rules = { firstDelayMs: 10, maxDelayMs: 50, loopAfter: 3, giveUpAfter: 5 };
  expect(
    decisions(
      Array.from({ length: 5 }, () => inVain),
      rules,
    ),
  ).toEqual([
    { delayMs: 10, inVain: 1, isLoop: false, isHopeless: false },
    { delayMs: 20, inVain: 2, isLoop: false, isHopeless: false },
    { delayMs: 40, inVain: 3, isLoop: true, isHopeless: false },
    { delayMs: 50, inVain: 4, isLoop: true, isHopeless: false },
    { delayMs: 50, inVain: 5, isLoop: true, isHopeless: true },
  ]);
});

test("a worker that was of use is replaced at once, and the count begins anew", () => {
  expect(decisions([inVain, useful, inVain]).map(({ delayMs, inVain: count }) => [delayMs, count])).toEqual([
    [100, 1],
    [0, 0],
    [100, 1],
  ]);
});

test("readiness alone is of use only if it lasts", () => {
  expect(decideRestart({ wasReady: true, answered: 0, readyMs: 59_000 }, 0).inVain).toBe(1);
  expect(decideRestart({ wasReady: true, answered: 0, readyMs: 60_000 }, 0).inVain).toBe(0);
});

test("whatever lives there were, pauses stay in their bounds and only grow until a worker is of use", () => {
  const life = fc.record({ wasReady: fc.boolean(), answered: fc.nat(3), readyMs: fc.nat(100_000) });
  fc.assert(
    fc.property(fc.array(life, { maxLength: 60 }), (lives) => {
      const made = decisions(lives);
      for (const [at, { delayMs, inVain: count, isLoop }] of made.entries()) {
        expect(delayMs).toBeLessThanOrEqual(30_000);
        expect(isLoop).toBe(count >= 5);
        if (count > 1) expect(delayMs).toBeGreaterThanOrEqual(made[at - 1]?.delayMs ?? 0);
      }
    }),
  );
});

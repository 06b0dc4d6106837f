import { expect, test } from "vitest";

import { VirtualClock } from "../test/virtual-clock.js";
import { LookAround } from "./look-around.js";

/** Turns that take a millisecond each, in which so many calls come. */
async function look(keptMs: number, cameIn: readonly number[]): Promise<{ turns: number; times: number }> {
  const virtual = new VirtualClock();
  let came = 0;
  let turns = 0;
  let times = 0;
  const clock = {
    now: () => virtual.now(),
    soon: (wake: () => void) =>
      void virtual.at(virtual.now() + 1, () => {
        came += cameIn[turns] ?? 0;
        turns += 1;
        wake();
      }),
  };
  const around = new LookAround({ clock, came: () => came, done: () => (times += 1) });
  around.start(keptMs);
  around.start(keptMs);
  expect(around.isOn).toBe(true);
  await virtual.run();
  expect(around.isOn).toBe(false);
  return { turns, times };
}

test("it is done after two turns in which nobody came, and says so once", async () => {
  expect(await look(100, [])).toEqual({ turns: 2, times: 1 });
  expect(await look(100, [3, 0, 0])).toEqual({ turns: 3, times: 1 });
  // A connection that is taken in one turn is read from in the next.
  expect(await look(100, [0, 1, 0, 1, 0, 0])).toEqual({ turns: 6, times: 1 });
});

test("however many come, it takes no longer than the event loop had been kept", async () => {
  const endless = Array.from({ length: 1000 }, () => 1);
  expect(await look(40, endless)).toEqual({ turns: 40, times: 1 });
  expect((await look(0, endless)).turns).toBe(5);
});

import { expect, test } from "vitest";

import { realClock } from "./clock.js";

test.each([0, 0.3, 1, 2.7, 12.4])("calls back %f ms later, never before", async (ms) => {
  const time = realClock.now() + ms;
  const woken = await new Promise<number>((resolve) => {
    realClock.at(time, () => resolve(realClock.now()));
  });
  expect(woken).toBeGreaterThanOrEqual(time);
});

test("what was called off does not call back", async () => {
  const woken: string[] = [];
  await new Promise<void>((resolve) => {
    const stop = [0, 0.5, 3].map((ms) => realClock.at(realClock.now() + ms, () => void woken.push(`${ms}`)));
    for (const off of stop) off();
    realClock.at(realClock.now() + 10, resolve);
  });
  expect(woken).toEqual([]);
});

test("soon is after everything that promises still have to say", async () => {
  const said: string[] = [];
  await new Promise<void>((resolve) => {
    realClock.soon(() => {
      said.push("soon");
      resolve();
    });
    queueMicrotask(() => {
      said.push("promise");
      queueMicrotask(() => said.push("its promise"));
    });
  });
  expect(said).toEqual(["promise", "its promise", "soon"]);
});

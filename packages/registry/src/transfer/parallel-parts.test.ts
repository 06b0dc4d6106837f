import { expect, test } from "vitest";
import { parallelParts } from "./parallel-parts.js";

/** Lets `turns` rounds of the event loop pass, on a clock of its own where each item takes as long as `durationOf` says. */
function simulated(rateOf: (running: number) => number, items: number) {
  let time = 0;
  let running = 0;
  const seen: number[] = [];
  const waiting: { bytes: number; done: () => void }[] = [];
  const work = (): Promise<number> => {
    running += 1;
    seen.push(running);
    return new Promise((resolve) => waiting.push({ bytes: 1000, done: () => resolve(1000) }));
  };
  const pump = async (): Promise<void> => {
    for (let finished = 0; finished < items;) {
      await new Promise(setImmediate);
      const next = waiting.shift();
      if (next === undefined) continue;
      time += next.bytes / rateOf(running);
      running -= 1;
      finished += 1;
      next.done();
    }
  };
  return { work, pump, seen, now: () => time };
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

test("lanes are added while each brings more, up to the most", async () => {
  const { work, pump, seen, now } = simulated((running) => running, 400);
  await Promise.all([parallelParts({ items: numbers(400), now }, work), pump()]);
  expect(Math.max(...seen.slice(0, 4))).toBe(4);
  expect(Math.max(...seen)).toBe(10);
  expect(seen).toHaveLength(400);
});

test("where more lanes bring nothing there are not more", async () => {
  const { work, pump, seen, now } = simulated(() => 4, 200);
  await Promise.all([parallelParts({ items: numbers(200), now }, work), pump()]);
  expect(Math.max(...seen)).toBeLessThanOrEqual(5);
});

test("trouble halves them", async () => {
  let running = 0;
  let most = 0;
  const ends: (() => void)[] = [];
  const working = parallelParts({ items: numbers(20), start: 8 }, async (item, { trouble }) => {
    running += 1;
    if (item >= 8) most = Math.max(most, running);
    if (item === 0) trouble();
    await new Promise<void>((resolve) => ends.push(resolve));
    running -= 1;
    return 1;
  });
  for (let ended = 0; ended < 20;) {
    await new Promise(setImmediate);
    const end = ends.shift();
    if (end === undefined) continue;
    end();
    ended += 1;
  }
  await working;
  expect(most).toBe(4);
});

test("the first failure stops the others, and is thrown when all have ended", async () => {
  let ended = 0;
  const working = parallelParts({ items: numbers(100) }, async (item, { signal }) => {
    if (item === 2) throw new Error("broken");
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    ended += 1;
    return 0;
  });
  await expect(working).rejects.toThrow("broken");
  // The three that were begun with it.
  expect(ended).toBe(3);
});

test("a signal stops all, and nothing more is begun", async () => {
  const stop = new AbortController();
  let begun = 0;
  const working = parallelParts({ items: numbers(100), signal: stop.signal }, async (_, { signal }) => {
    begun += 1;
    if (begun === 4) stop.abort(new Error("enough"));
    if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    return 0;
  });
  await expect(working).rejects.toThrow("enough");
  expect(begun).toBe(4);
  await expect(parallelParts({ items: numbers(1), signal: stop.signal }, async () => 0)).rejects.toThrow("enough");
});

test("as many lanes as may be listen to the signal without a warning", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on("warning", note);
  try {
    await parallelParts({ items: numbers(20), start: 10 }, async (_, { signal }) => {
      for (let listener = 0; listener < 2; listener += 1) signal.addEventListener("abort", () => {});
      await new Promise(setImmediate);
      return 1;
    });
    await new Promise(setImmediate);
  } finally {
    process.off("warning", note);
  }
  expect(warnings).toEqual([]);
});

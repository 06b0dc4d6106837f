import { setImmediate as nextTurn } from "node:timers/promises";

import { expect, test } from "vitest";

import { GatheredText } from "./gathered-text.js";

function gather() {
  const sent: string[] = [];
  return { sent, gathered: new GatheredText((text) => sent.push(text)) };
}

test("what comes one right after the other is sent together, and as soon as there is something to wait for", async () => {
  const { sent, gathered } = gather();
  for (const text of ["a", "", "b", "c"]) {
    expect(gathered.add(text)).toBe(true);
    await Promise.resolve();
  }
  expect(sent).toEqual([]);
  await nextTurn();
  expect(sent).toEqual(["abc"]);
  gathered.add("d");
  await nextTurn();
  expect(sent).toEqual(["abc", "d"]);
});

test("what is long, or for which there is no room, is not taken in", () => {
  const { sent, gathered } = gather();
  expect(gathered.add("x".repeat(10_000))).toBe(false);
  expect(gathered.add("ab", 3)).toBe(true);
  expect(gathered.add("cd", 3)).toBe(false);
  gathered.flush();
  expect(sent).toEqual(["ab"]);
  expect(gathered.add("cd", 3)).toBe(true);
  gathered.flush();
  gathered.flush();
  expect(sent).toEqual(["ab", "cd"]);
});

test("no more is gathered than a bound, however much comes at once", () => {
  const { sent, gathered } = gather();
  let refused = 0;
  for (let at = 0; at < 100_000; at += 1) {
    if (gathered.add("x")) continue;
    refused += 1;
    gathered.flush();
  }
  expect(refused).toBeGreaterThan(3);
  expect(Math.max(...sent.map((text) => text.length))).toBeLessThan(20_000);
});

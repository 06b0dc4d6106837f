import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { ExecutorReply } from "./executor.js";
import { StillReaders } from "./still-readers.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] }));
afterEach(() => void vi.useRealTimers());

/** An answer that streams without end, its iterator, and whether it was ended. */
async function reading(readers: StillReaders) {
  let isEnded = false;
  let isOver = false;
  const body = (async function* () {
    try {
      for (let n = 0; ; n += 1) yield `${n}`;
    } finally {
      isEnded = true;
    }
  })();
  const { reply, end } = readers.watch(Promise.resolve<ExecutorReply>({ status: 200, headers: [], body }));
  void end.then(() => (isOver = true));
  const items = ((await reply).body as AsyncIterable<string>)[Symbol.asyncIterator]();
  return { items, isEnded: () => isEnded, isOver: () => isOver };
}

test("who stands still while others wait is cut off, and who reads is not", async () => {
  const readers = new StillReaders(() => true);
  const [still, slow] = [await reading(readers), await reading(readers)];
  await still.items.next();
  for (let second = 0; second < 9; second += 1) {
    vi.advanceTimersByTime(1000);
    await slow.items.next();
  }
  expect(await still.items.next()).toMatchObject({ value: "1" });
  for (let second = 0; second < 11; second += 1) {
    vi.advanceTimersByTime(1000);
    await slow.items.next();
  }
  await expect(still.items.next()).rejects.toMatchObject({
    code: "BENTO_UNAVAILABLE",
    message: expect.stringContaining("10 seconds") as string,
  });
  expect([still.isEnded(), still.isOver()]).toEqual([true, true]);
  expect([slow.isEnded(), await slow.items.next()]).toEqual([false, { done: false, value: "20" }]);
});

test("where nobody waits a reader may take all its time", async () => {
  let othersWait = false;
  const readers = new StillReaders(() => othersWait);
  const { items, isOver } = await reading(readers);
  await items.next();
  vi.advanceTimersByTime(60_000);
  expect(await items.next()).toMatchObject({ value: "1" });
  vi.advanceTimersByTime(60_000);
  othersWait = true;
  vi.advanceTimersByTime(1000);
  await expect(items.next()).rejects.toThrow("too slowly");
  expect(isOver()).toBe(true);
});

test("a method that takes long is not its reader's fault", async () => {
  const readers = new StillReaders(() => true);
  let give!: () => void;
  const body = (async function* () {
    await new Promise<void>((resolve) => (give = resolve));
    yield "late";
  })();
  const { reply } = readers.watch(Promise.resolve<ExecutorReply>({ status: 200, headers: [], body }));
  const item = ((await reply).body as AsyncIterable<string>)[Symbol.asyncIterator]().next();
  vi.advanceTimersByTime(60_000);
  give();
  expect(await item).toEqual({ done: false, value: "late" });
});

test("an answer that is no stream, or none at all, is over at once; nothing is looked at without streams", async () => {
  const readers = new StillReaders(() => true);
  const whole = readers.watch(Promise.resolve<ExecutorReply>({ status: 200, headers: [], body: "all" }));
  await whole.end;
  expect((await whole.reply).body).toBe("all");
  const failed = readers.watch(Promise.reject(new Error("no")));
  await expect(failed.reply).rejects.toThrow("no");
  await failed.end;
  const { items } = await reading(readers);
  expect(vi.getTimerCount()).toBe(1);
  await items.return?.();
  expect(vi.getTimerCount()).toBe(0);
});

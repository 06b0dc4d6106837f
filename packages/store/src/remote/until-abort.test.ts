import { getEventListeners } from "node:events";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { untilAbort } from "./until-abort.js";

const never = new Promise<never>(() => {});

async function gather<T>(pieces: AsyncIterable<T>): Promise<T[]> {
  const gathered: T[] = [];
  for await (const piece of pieces) gathered.push(piece);
  return gathered;
}

test("what a stream gives comes through, and what it throws; nobody listens afterwards", async () => {
  const { signal } = new AbortController();
  async function* failing(): AsyncGenerator<number, void> {
    yield 1;
    throw new Error("broken");
  }
  expect(await gather(untilAbort(Readable.from([1, 2, 3]), signal, "Work"))).toEqual([1, 2, 3]);
  expect(await gather(untilAbort(Readable.from([1]), undefined, "Work"))).toEqual([1]);
  await expect(gather(untilAbort(failing(), signal, "Work"))).rejects.toThrow("broken");
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

test("a stream that hangs is left with the signal, and told; one that is left early is waited for", async () => {
  const controller = new AbortController();
  const ended: string[] = [];
  async function* pieces(name: string): AsyncGenerator<number, void> {
    try {
      yield 1;
      yield 2;
    } finally {
      await Promise.resolve();
      ended.push(name);
    }
  }
  const hanging = {
    next: (): Promise<never> => never,
    return: () => Promise.resolve({ done: true, value: ended.push("hanging") } as const),
  };
  const waiting = gather(untilAbort({ [Symbol.asyncIterator]: () => hanging }, controller.signal, "Work"));
  for await (const _ of untilAbort(pieces("early"), controller.signal, "Work")) break;
  expect(ended).toEqual(["early"]);
  const ahead = untilAbort(pieces("ahead"), controller.signal, "Work");
  await ahead.next();
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: "BENTO_CANCELLED", message: expect.stringContaining("Work") as string });
  await expect(ahead.next()).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
  await expect(gather(untilAbort(pieces("late"), controller.signal, "Work"))).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
  await expect.poll(() => ended).toEqual(["early", "hanging", "ahead"]);
  expect(getEventListeners(controller.signal, "abort")).toEqual([]);
});

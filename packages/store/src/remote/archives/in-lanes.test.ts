import { expect, test } from "vitest";
import { inLanes } from "./in-lanes.js";

const { signal } = new AbortController();

test("all is done, so much at the same time as there are lanes", async () => {
  const done: number[] = [];
  let [running, most] = [0, 0];
  await inLanes([1, 2, 3, 4, 5, 6, 7], { lanes: 3, signal, doing: "Work" }, async (item) => {
    most = Math.max(most, (running += 1));
    await new Promise(setImmediate);
    running -= 1;
    done.push(item);
  });
  expect(done.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(3);
});

test("the first failure ends the others, and is thrown when nothing runs any more", async () => {
  const ended: string[] = [];
  const work = async (item: string, stop: AbortSignal): Promise<void> => {
    if (item === "bad") throw new Error("first");
    await new Promise((resolve) => stop.addEventListener("abort", resolve, { once: true }));
    await new Promise(setImmediate);
    ended.push(item);
    throw new Error("second");
  };
  await expect(inLanes(["a", "b", "bad", "never begun"], { lanes: 3, signal, doing: "Work" }, work)).rejects.toThrow("first");
  expect(ended).toEqual(["a", "b"]);
});

test("work that is cancelled is not through, also when what was under way ends well", async () => {
  const controller = new AbortController();
  const done: number[] = [];
  const working = inLanes([1, 2, 3], { lanes: 1, signal: controller.signal, doing: "Work" }, async (item) => {
    done.push(item);
    controller.abort();
  });
  await expect(working).rejects.toMatchObject({ code: "BENTO_CANCELLED" });
  expect(done).toEqual([1]);
});

import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { onAbort } from "./abort-listeners.js";

test("whoever still waits is told once, in the order of coming; the signal has one listener", () => {
  const { signal, abort } = controller();
  const told: number[] = [];
  const leave = Array.from({ length: 30 }, (_, n) => onAbort(signal, () => told.push(n)));
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  for (const n of [0, 7, 7, 29]) leave[n]?.();
  abort();
  expect(told).toEqual(Array.from({ length: 30 }, (_, n) => n).filter((n) => ![0, 7, 29].includes(n)));
});

test("a signal that nobody waits for has none, and may be waited for again", () => {
  const { signal, abort } = controller();
  for (const leave of [1, 2].map(() => onAbort(signal, () => expect.unreachable()))) leave();
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
  let isTold = false;
  onAbort(signal, () => (isTold = true));
  abort();
  expect(isTold).toBe(true);
});

test("who is told may leave, and take others along, who are told all the same", () => {
  const { signal, abort } = controller();
  const leave: (() => void)[] = [];
  const told: number[] = [];
  for (const n of [0, 1, 2]) {
    const tell = (): void => {
      told.push(n);
      for (const one of leave) one();
    };
    leave.push(onAbort(signal, tell));
  }
  abort();
  expect(told).toEqual([0, 1, 2]);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

function controller(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const own = new AbortController();
  return { signal: own.signal, abort: () => own.abort() };
}

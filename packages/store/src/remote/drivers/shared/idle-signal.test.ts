import { once } from "node:events";
import { expect, test } from "vitest";
import { IdleSignal } from "./idle-signal.js";

test("a request ends when its server says nothing, not while others keep the server waiting", async () => {
  using paused = new IdleSignal(undefined, 5);
  paused.pause();
  using silent = new IdleSignal(undefined, 20);
  await once(silent.signal, "abort");
  expect(silent.isIdle).toBe(true);
  expect([paused.signal.aborted, paused.isIdle]).toEqual([false, false]);
  paused.heard();
  await once(paused.signal, "abort");
  expect(paused.isIdle).toBe(true);
});

test("a request ends with its caller, and leaves nothing with it when it is over", () => {
  const caller = new AbortController();
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  {
    using over = new IdleSignal(caller.signal, 60_000);
    over[Symbol.dispose]();
    over.heard();
    caller.abort(new Error("enough"));
    expect(over.signal.aborted).toBe(false);
  }
  using request = new IdleSignal(caller.signal, 60_000);
  expect(request.signal.reason).toBe(caller.signal.reason);
  expect(request.isIdle).toBe(false);
  expect(() => request.checkCaller("Reading it")).toThrow(expect.objectContaining({ code: "BENTO_CANCELLED" }) as Error);
  expect(timers()).toBe(before);
});

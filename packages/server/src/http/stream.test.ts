import { heartbeatEvent, itemEvent } from "@bento/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { chooseFraming, openStream } from "./stream.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("an event stream that waits says so within 15 seconds, and goes on; at its end no timer is left", async () => {
  let give: (result: IteratorResult<unknown>) => void = () => undefined;
  const results = [{ done: false as const, value: "a" }];
  const stream = await openStream({
    framing: "events",
    next: async () => results.shift() ?? new Promise<IteratorResult<unknown>>((resolve) => (give = resolve)),
    stop: async () => undefined,
    check: (item) => item,
    onLateError: () => undefined,
  });
  const pieces = stream[Symbol.asyncIterator]();
  expect(await pieces.next()).toEqual({ done: false, value: itemEvent("a", 0) });
  for (let beat = 0; beat < 3; beat++) {
    const next = pieces.next();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await next).toEqual({ done: false, value: heartbeatEvent });
  }
  const next = pieces.next();
  give({ done: false, value: "b" });
  expect(await next).toEqual({ done: false, value: itemEvent("b", 1) });
  expect(vi.getTimerCount()).toBe(1);
  await pieces.return?.();
  expect(vi.getTimerCount()).toBe(0);
});

test("a stream without framing says nothing of its own", async () => {
  const stream = await openStream({
    framing: "lines",
    next: vi
      .fn<() => Promise<IteratorResult<unknown>>>(async () => new Promise<never>(() => undefined))
      .mockResolvedValueOnce({ done: false, value: 1 }),
    stop: async () => undefined,
    check: (item) => item,
    onLateError: () => undefined,
  });
  const pieces = stream[Symbol.asyncIterator]();
  await pieces.next();
  void pieces.next();
  expect(vi.getTimerCount()).toBe(0);
});

test("the framing is the one that a caller likes best", () => {
  const chosen = {
    "*/*": "raw",
    "application/json": "raw",
    "text/*": "raw",
    "text/event-stream": "events",
    "TEXT/Event-Stream; charset=utf-8": "events",
    "application/jsonl": "lines",
    "application/x-ndjson, */*;q=0.1": "lines",
    "application/jsonl, text/event-stream": "events",
    "application/jsonl, text/event-stream;q=0.5": "lines",
    "application/jsonl;q=0.5, text/event-stream; Q=0.6": "events",
    "text/event-stream;q=0": "raw",
    "text/event-stream;q=0, application/jsonl": "lines",
    "text/event-stream;q=much, application/jsonl;q=0.001": "lines",
    ",;q=,;": "raw",
  };
  expect(Object.fromEntries(Object.keys(chosen).map((accept) => [accept, chooseFraming(accept)]))).toEqual(chosen);
  expect(chooseFraming(undefined)).toBe("raw");
});

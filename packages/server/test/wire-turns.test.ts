import { BentoError } from "@bento/core";
import { describe, expect, test } from "vitest";

import type { IncomingCall } from "../src/wire/incoming-call.js";
import { callOf, connectPair, transportNames } from "./wire-pairs.js";

/** Keeps the event loop for longer than a turn may last. */
function work(call: IncomingCall, log: string[]): void {
  log.push(`${call.head} begins`);
  const end = performance.now() + 20;
  while (performance.now() < end);
  call.reply(call.head, "");
}

describe.each(transportNames)("calls that come together and take long, over %s", (transport) => {
  test("the first are answered before the last begin, in order", async () => {
    const log: string[] = [];
    await using pair = await connectPair(transport, { onCall: (call) => work(call, log) });
    const names = ["a", "b", "c", "d", "e", "f"];
    await Promise.all(
      names.map(async (name) => {
        const { head } = await callOf(pair.caller, name).answer;
        log.push(`${head} is answered`);
      }),
    );
    expect(log.filter((line) => line.endsWith("begins"))).toEqual(names.map((name) => `${name} begins`));
    expect(log.filter((line) => line.endsWith("answered"))).toEqual(names.map((name) => `${name} is answered`));
    expect(log.indexOf("a is answered")).toBeLessThan(log.indexOf("d begins"));
    expect(log.indexOf("c is answered")).toBeLessThan(log.indexOf("f begins"));
  });

  test("what is cancelled before its turn is not begun, and fails at once", async () => {
    const log: string[] = [];
    await using pair = await connectPair(transport, { onCall: (call) => work(call, log) });
    const [first, ...others] = ["a", "b", "c", "d", "e", "f"].map((name) => callOf(pair.caller, name));
    const outcomes = Promise.allSettled(others.map(({ answer }) => answer));
    await first?.answer;
    others.at(-1)?.cancel(new BentoError("BENTO_TIMEOUT", "too late"));
    const settled = await outcomes;
    expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled", "fulfilled", "rejected"]);
    expect(settled.at(-1)).toMatchObject({ reason: { code: "BENTO_TIMEOUT", message: "too late" } });
    expect(log).not.toContain("f begins");
    await pair.callee.idle();
    expect(pair.caller.inFlight).toBe(0);
  });

  test("a question is answered between them", async () => {
    const log: string[] = [];
    await using pair = await connectPair(
      transport,
      { onCall: (call) => work(call, log), onNotice: () => pair.callee.notify({ type: "pong" }) },
      { onNotice: () => log.push("pong") },
    );
    const calls = ["a", "b", "c", "d", "e", "f"].map((name) => callOf(pair.caller, name).answer);
    await calls[0];
    pair.caller.notify({ type: "ping" });
    await Promise.all(calls);
    expect(log.indexOf("pong")).toBeGreaterThan(0);
    expect(log.indexOf("pong")).toBeLessThan(log.indexOf("f begins"));
  });

  test("none is begun when the connection is lost before its turn", async () => {
    const log: string[] = [];
    await using pair = await connectPair(transport, { onCall: (call) => work(call, log) });
    const calls = ["a", "b", "c", "d", "e", "f"].map((name) => callOf(pair.caller, name).answer);
    const outcomes = Promise.allSettled(calls);
    await calls[0];
    pair.near.destroy();
    await pair.closed;
    await pair.callee.idle();
    expect((await outcomes).at(-1)).toMatchObject({ reason: { code: "BENTO_WORKER_DIED" } });
    const begun = log.length;
    await new Promise((resolve) => setImmediate(resolve));
    expect([log.includes("f begins"), log.length]).toEqual([false, begun]);
  });
});

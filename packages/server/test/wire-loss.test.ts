import { describe, expect, test } from "vitest";

import type { IncomingCall } from "../src/wire/incoming-call.js";
import { callOf, connectPair, readAll, transportNames } from "./wire-pairs.js";

async function* endless(): AsyncGenerator<string> {
  for (;;) {
    yield "item";
    await new Promise(setImmediate);
  }
}

const failed = async (answer: Promise<unknown>): Promise<unknown> =>
  answer.then(
    () => "answered",
    (error: unknown) => error,
  );

describe.each(transportNames)("over %s", (transport) => {
  test("when the callee is gone, calls and streams in flight fail, each once, and new calls at once", async () => {
    await using pair = await connectPair(transport, {
      onCall: (call) => {
        if (call.head === "stream") call.reply("", endless());
        else call.onCancel = (reason) => call.fail(reason);
      },
    });
    const waiting = callOf(pair.caller, "wait");
    const uploading = callOf(pair.caller, "upload", Buffer.alloc(20_000_000));
    const streaming = callOf(pair.caller, "stream");
    const stream = ((await streaming.answer).body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    await stream.next();
    pair.far.destroy();
    expect(await failed(waiting.answer)).toMatchObject({ code: "BENTO_WORKER_DIED" });
    expect(await failed(uploading.answer)).toMatchObject({ code: "BENTO_WORKER_DIED" });
    await expect(
      (async () => {
        for (;;) if ((await stream.next()).done === true) return;
      })(),
    ).rejects.toMatchObject({ code: "BENTO_WORKER_DIED" });
    expect(streaming.late).toMatchObject([{ code: "BENTO_WORKER_DIED" }]);
    await pair.closed;
    expect(pair.caller.inFlight).toBe(0);
    expect(() => callOf(pair.caller, "")).toThrow(expect.objectContaining({ code: "BENTO_WORKER_DIED" }));
    await pair.callee.idle();
  });

  test("when the caller is gone, those who work on calls hear of it, and what they say then goes nowhere", async () => {
    const calls: IncomingCall[] = [];
    const cancelled: string[] = [];
    await using pair = await connectPair(transport, {
      onCall: (call) => {
        calls.push(call);
        call.onCancel = () => cancelled.push(call.head);
        if (call.head === "stream") call.reply("", endless());
        if (calls.length === 2) pair.near.destroy();
      },
    });
    const answers = ["wait", "stream"].map((head) => callOf(pair.caller, head).answer);
    await Promise.allSettled(answers);
    await pair.closed;
    expect(cancelled).toEqual(["wait", "stream"]);
    calls[0]?.note(new Error("late"));
    calls[0]?.reply("", "late");
    calls[0]?.fail(new Error("later"));
    await pair.callee.idle();
  });

  test("streams that wait for a socket that is full end with the connection", async () => {
    let taken = 0;
    const begun: string[] = [];
    const ended: string[] = [];
    await using pair = await connectPair(transport, {
      onCall: (call) => {
        taken += 1;
        const items = async function* (): AsyncGenerator<Uint8Array> {
          begun.push(call.head);
          try {
            for (;;) yield Buffer.alloc(250_000);
          } finally {
            ended.push(call.head);
          }
        };
        call.reply("", items());
      },
    });
    pair.near.pause();
    const calls = Array.from({ length: 40 }, (_, at) => callOf(pair.caller, String(at)));
    while (taken < calls.length || pair.far.writableLength < 1 << 20) await new Promise(setImmediate);
    pair.near.destroy();
    await Promise.allSettled(calls.map(({ answer }) => answer));
    await pair.closed;
    await pair.callee.idle();
    // Those whose turn came when the socket was full already were not even asked for their first item.
    expect(begun.length).toBeGreaterThan(1);
    expect(ended.toSorted()).toEqual(begun.toSorted());
  });

  test("what was sent before the end arrives", async () => {
    await using pair = await connectPair(transport, {
      onCall: (call) => {
        call.reply("", Buffer.alloc(200_000, 4));
        void pair.callee.end();
      },
    });
    expect((await readAll((await callOf(pair.caller, "").answer).body)).equals(Buffer.alloc(200_000, 4))).toBe(true);
    await pair.closed;
    expect(pair.told).toEqual({ caller: undefined, callee: undefined });
  });

  test("a call that is sent after the end fails when the connection is over", async () => {
    await using pair = await connectPair(transport, {});
    const ended = pair.caller.end();
    await expect(callOf(pair.caller, "").answer).rejects.toMatchObject({ code: "BENTO_WORKER_DIED" });
    await ended;
    await pair.caller.end();
  });

  test("a connection that ends within a frame is told as such", async () => {
    await using pair = await connectPair(transport, {});
    pair.near.end(Buffer.from([9, 0, 0, 0, 1]));
    await pair.closed;
    expect(pair.told.callee).toMatchObject({ code: "BENTO_WIRE_INVALID" });
  });

  test("an error of the one side is told there", async () => {
    await using pair = await connectPair(transport, {});
    pair.caller.destroy(new Error("enough"));
    await pair.closed;
    expect(pair.told.caller).toMatchObject({ message: "enough" });
  });
});

import { duplexPair } from "node:stream";

import { BentoError } from "@bento/core";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { Callee } from "../src/wire/callee.js";
import { Caller } from "../src/wire/caller.js";
import { type Frame, type FrameKind, frameKinds, maxHeadBytes, maxPieceBytes, preambleBytes, writeFrameHead } from "../src/wire/frame.js";
import type { IncomingCall } from "../src/wire/incoming-call.js";
import { lost } from "./wire-pairs.js";

type Sent = Partial<Frame> & { readonly kind: FrameKind };

function encode({ kind, more = false, call = 1, head = "", bytes = new Uint8Array(0) }: Sent): Buffer {
  const target = Buffer.alloc(preambleBytes + head.length * 3 + bytes.length);
  const end = writeFrameHead(target, 0, { kind, more, call, head }, bytes.length);
  target.set(bytes, end);
  return target.subarray(0, end + bytes.length);
}

/** A callee, and the bare end of its connection. */
function hostileCaller(onCall: (call: IncomingCall) => void = () => undefined) {
  const [near, far] = duplexPair();
  let close!: (error: Error | undefined) => void;
  const closed = new Promise<Error | undefined>((resolve) => (close = resolve));
  const callee = new Callee(far, { onCall, onNotice: () => undefined, onClose: close });
  near.on("error", () => undefined).resume();
  return { near, callee, closed };
}

/** A caller with some calls in flight, the bare end of its connection, and what its calls hear. */
function hostileCallee(calls: number) {
  const [near, far] = duplexPair();
  let close!: (error: Error | undefined) => void;
  const closed = new Promise<Error | undefined>((resolve) => (close = resolve));
  const caller = new Caller(near, { onNotice: () => undefined, onClose: close }, lost);
  far.on("error", () => undefined).resume();
  const ends: Promise<unknown>[] = [];
  const heard: number[] = [];
  for (let call = 0; call < calls; call += 1) {
    heard.push(0);
    ends.push(
      new Promise((resolve) =>
        caller.call("", Buffer.alloc(call * 300_000), {
          onReply: (_, body) => {
            heard[call] = (heard[call] ?? 0) + 1;
            resolve(Symbol.asyncIterator in body ? drain(body) : body);
          },
          onFail: (error) => {
            heard[call] = (heard[call] ?? 0) + 1;
            resolve(error);
          },
          onLateError: () => undefined,
        }),
      ),
    );
  }
  return { far, caller, closed, ends, heard };
}

async function drain(body: AsyncIterable<Uint8Array>): Promise<unknown> {
  try {
    for await (const _ of body);
    return "whole";
  } catch (error) {
    return error;
  }
}

const invalid = expect.objectContaining({ code: "BENTO_WIRE_INVALID" });
const { call, data, reply, fail, cancel, credit, notice, note } = frameKinds;
const bytes = Buffer.from("abc");

describe("a callee breaks the connection off for", () => {
  test.each<[string, Sent[]]>([
    ["an answer", [{ kind: reply }]],
    ["a failure", [{ kind: fail, head: "{}" }]],
    ["a note", [{ kind: note, head: "{}" }]],
    ["the same call twice", [{ kind: call }, { kind: call }]],
    ["more of a body that was complete", [{ kind: call }, { kind: data, bytes }]],
    ["a credit for what was never sent", [{ kind: call }, { kind: credit, head: "1" }]],
    ["a credit that is no number", [{ kind: call }, { kind: credit, head: "many" }]],
    ["a cancellation that gives no reason", [{ kind: call }, { kind: cancel, head: "because" }]],
    ["a notice that is no JSON", [{ kind: notice, head: "{" }]],
    ["a notice that is a list", [{ kind: notice, head: "[]" }]],
    ["a notice without a type", [{ kind: notice, head: '{"type":1}' }]],
    ["a notice that is null", [{ kind: notice, head: "null" }]],
  ])("%s", async (_, frames) => {
    const { near, closed } = hostileCaller();
    near.write(Buffer.concat(frames.map(encode)));
    expect(await closed).toEqual(invalid);
  });
});

describe("a caller breaks the connection off for", () => {
  test.each<[string, Sent[]]>([
    ["a call", [{ kind: call }]],
    ["a cancellation", [{ kind: cancel, head: "{}" }]],
    ["an answer to a call that was not made", [{ kind: reply, call: 77 }]],
    ["two answers to one call", [{ kind: reply, more: true }, { kind: reply }]],
    ["an answer after the end of one", [{ kind: reply }, { kind: reply }]],
    ["a body before its answer", [{ kind: data, bytes }]],
    ["a failure that is no JSON", [{ kind: fail, head: "oh" }]],
    ["a credit beyond the window", [{ kind: credit, head: "5000" }]],
    [
      "more than a window lets come",
      [{ kind: reply, more: true }, ...Array.from({ length: 6 }, () => ({ kind: data, more: true, bytes: Buffer.alloc(maxPieceBytes) }))],
    ],
    ["a flood of tiny pieces", [{ kind: reply, more: true }, ...Array.from({ length: 10_000 }, () => ({ kind: data, more: true, bytes }))]],
  ])("%s", async (_, frames) => {
    const { far, closed, ends, caller } = hostileCallee(1);
    far.write(Buffer.concat(frames.map(encode)));
    expect(await closed).toEqual(invalid);
    await Promise.all(ends);
    expect(caller.inFlight).toBe(0);
  });
});

test("after what breaks the connection off nothing more is taken in", async () => {
  const calls: string[] = [];
  const { near, closed } = hostileCaller(({ head }) => calls.push(head));
  near.write(
    Buffer.concat([encode({ kind: call, call: 1, head: "good" }), encode({ kind: reply }), encode({ kind: call, call: 2, head: "late" })]),
  );
  expect(await closed).toEqual(invalid);
  expect(calls).toEqual(["good"]);
});

test("a call is cancelled once, and not at all when it is over", async () => {
  const [near, far] = duplexPair();
  let received = "";
  far.on("data", (chunk: Buffer) => (received += chunk.toString("latin1")));
  const caller = new Caller(near, { onNotice: () => undefined, onClose: () => undefined }, lost);
  const listener = { onReply: () => undefined, onFail: () => undefined, onLateError: () => undefined };
  const [first, second] = [caller.call("first", Buffer.alloc(0), listener), caller.call("second", Buffer.alloc(0), listener)];
  far.write(encode({ kind: reply, call: 2 }));
  while (caller.inFlight > 1) await new Promise(setImmediate);
  for (const pending of [first, second, first, second]) pending.cancel(new Error("not wanted"));
  await caller.end();
  expect(received.match(/"not wanted"/gu)).toHaveLength(1);
});

test("an answer that comes before the body was sent ends the upload", async () => {
  const [near, far] = duplexPair();
  let receivedBytes = 0;
  far.on("data", (chunk: Buffer) => {
    if (receivedBytes === 0) far.write(encode({ kind: reply, head: "enough" }));
    receivedBytes += chunk.length;
  });
  const caller = new Caller(near, { onNotice: () => undefined, onClose: () => undefined }, lost);
  const head = await new Promise((onReply, onFail) => caller.call("", Buffer.alloc(30_000_000), { onReply, onFail, onLateError: onFail }));
  expect([head, caller.inFlight]).toEqual(["enough", 0]);
  await caller.end();
  expect(receivedBytes).toBeLessThan(2_000_000);
});

test("what is for a call that is over is passed over by a callee", async () => {
  const { near, closed, callee } = hostileCaller((incoming) => incoming.reply("", ""));
  near.write(
    Buffer.concat(
      [{ kind: call }, { kind: data, bytes }, { kind: cancel, head: "{}" }, { kind: credit, head: "1" }].map((frame) =>
        encode(frame as Sent),
      ),
    ),
  );
  await callee.idle();
  near.end();
  expect(await closed).toBeUndefined();
});

describe("an exception of a listener is the failure of its call alone", () => {
  const bug = new TypeError("a bug");
  const throws = (): never => {
    throw bug;
  };

  function connected(onCall: (call: IncomingCall) => void) {
    const [near, far] = duplexPair();
    const told: unknown[] = [];
    const callee = new Callee(far, { onCall, onNotice: () => undefined, onClose: (error) => told.push(error) });
    const caller = new Caller(near, { onNotice: () => undefined, onClose: (error) => told.push(error) }, lost);
    const ask = async (head: string, onReply?: () => void): Promise<unknown> =>
      new Promise((resolve) => {
        caller.call(head, new Uint8Array(0), { onReply: onReply ?? ((text) => resolve(text)), onFail: resolve, onLateError: resolve });
      });
    return { callee, caller, ask, told };
  }

  test("of who answers", async () => {
    const { ask, told } = connected((incoming) => (incoming.head === "bad" ? throws() : incoming.reply("fine", "")));
    expect(await ask("bad")).toMatchObject({ name: "TypeError", message: "a bug" });
    expect(await ask("good")).toBe("fine");
    expect(told).toEqual([]);
  });

  test("of who hears that it is not wanted any more", async () => {
    const { caller, callee } = connected((incoming) => {
      incoming.onCancel = throws;
    });
    const failed = await new Promise((resolve) => {
      const pending = caller.call("", new Uint8Array(0), { onReply: resolve, onFail: resolve, onLateError: resolve });
      setImmediate(() => pending.cancel(new Error("enough")));
    });
    expect(failed).toMatchObject({ name: "TypeError", message: "a bug" });
    await callee.idle();
  });

  test("of who does so before a stream is there, which is ended all the same", async () => {
    let returned!: () => void;
    const ended = new Promise<void>((resolve) => (returned = resolve));
    const { caller, told } = connected((incoming) => {
      incoming.onCancel = () => {
        setImmediate(() =>
          incoming.reply("", {
            [Symbol.asyncIterator]: () => ({ next: throws, return: async () => (returned(), { done: true, value: undefined }) }),
          }),
        );
        throws();
      };
    });
    const failed = await new Promise((resolve) => {
      const pending = caller.call("", new Uint8Array(0), { onReply: resolve, onFail: resolve, onLateError: resolve });
      setImmediate(() => pending.cancel(new Error("enough")));
    });
    expect(failed).toMatchObject({ name: "TypeError" });
    await ended;
    expect(told).toEqual([]);
  });

  test("of who asked", async () => {
    let isEnded = false;
    const { ask, told, callee } = connected((incoming) => {
      if (incoming.head === "plain") return incoming.reply("fine", "");
      incoming.reply(
        "",
        (async function* () {
          try {
            for (;;) yield "x";
          } finally {
            isEnded = true;
          }
        })(),
      );
    });
    expect(await ask("plain", throws)).toBe(bug);
    expect(await ask("stream", throws)).toBe(bug);
    expect(await ask("plain")).toBe("fine");
    await callee.idle();
    expect([isEnded, told]).toEqual([true, []]);
  });

  test("of who is told of a failure: nobody catches it, and the connection goes on", async () => {
    const { caller, ask, told } = connected((incoming) =>
      incoming.head === "bad" ? incoming.fail(new Error("no")) : incoming.reply("fine", ""),
    );
    const before = process.rawListeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    try {
      const caught = new Promise((resolve) => process.once("uncaughtException", resolve));
      caller.call("bad", new Uint8Array(0), { onReply: throws, onFail: throws, onLateError: throws });
      expect(await caught).toBe(bug);
    } finally {
      for (const listener of before) process.on("uncaughtException", listener as NodeJS.UncaughtExceptionListener);
    }
    expect(await ask("good")).toBe("fine");
    expect(told).toEqual([]);
  });
});

test("a head that no frame can hold fails its call alone, on either side", async () => {
  const [near, far] = duplexPair();
  const long = "h".repeat(maxHeadBytes + 1);
  let isEnded = false;
  const callee = new Callee(far, {
    onCall: (incoming) => {
      if (incoming.head === "text") return incoming.reply(long, "");
      if (incoming.head === "short") return incoming.reply("fine", "");
      const items = (async function* () {
        yield "never sent";
      })();
      incoming.reply(long, {
        [Symbol.asyncIterator]: () => ({ next: () => items.next(), return: async () => ((isEnded = true), items.return()) }),
      });
    },
    onNotice: () => undefined,
    onClose: () => undefined,
  });
  const caller = new Caller(near, { onNotice: () => undefined, onClose: () => undefined }, lost);
  const ask = async (head: string): Promise<unknown> =>
    new Promise((onReply, onFail) => caller.call(head, new Uint8Array(0), { onReply, onFail, onLateError: onFail }));
  await expect(ask("text")).rejects.toEqual(invalid);
  await expect(ask("stream")).rejects.toEqual(invalid);
  expect(isEnded).toBe(true);
  await expect(ask(long)).rejects.toEqual(invalid);
  expect(caller.inFlight).toBe(0);
  // One that just fits, and whose characters take more than a byte each.
  await expect(ask("h".repeat(maxHeadBytes))).rejects.toEqual(invalid);
  expect(await ask("short")).toBe("fine");
  await callee.idle();
});

const anyFrame = fc.record<Required<Sent>>({
  kind: fc.constantFrom<FrameKind[]>(...Object.values(frameKinds)),
  more: fc.boolean(),
  call: fc.integer({ min: 0, max: 4 }),
  head: fc.oneof(
    fc.constantFrom(
      "",
      "{}",
      "[]",
      "null",
      '{"type":"x"}',
      '{"code":"BENTO_NOT_FOUND"}',
      '{"__proto__":{"type":"x"}}',
      "1",
      "257",
      "262400",
    ),
    fc.json({ maxDepth: 2 }),
    fc.string(),
  ),
  bytes: fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.constant(Buffer.alloc(maxPieceBytes))),
});
const conversation = fc.array(
  fc.oneof(
    { weight: 20, arbitrary: anyFrame.map(encode) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 30 }).map((noise) => Buffer.from(noise)) },
  ),
  { maxLength: 30 },
);

/** Runs rounds of chance for some time; what a round finds wrong names its seed. */
async function fuzz(ms: number, round: (chunks: Buffer[]) => Promise<void>): Promise<number> {
  const end = performance.now() + ms;
  let seed = 0;
  while (performance.now() < end) {
    seed += 1;
    const [chunks] = fc.sample(conversation, { numRuns: 1, seed }) as [Buffer[]];
    await round(chunks).catch((error: unknown) => {
      throw new Error(`seed ${seed}`, { cause: error });
    });
  }
  return seed;
}

const isAllowed = (error: unknown): boolean => error === undefined || BentoError.is(error, "BENTO_WIRE_INVALID");

test(
  "a second of any frames at a callee: it closes for BENTO_WIRE_INVALID or goes on, and lets every call go",
  { timeout: 20_000 },
  async () => {
    const rounds = await fuzz(1000, async (chunks) => {
      const { near, callee, closed } = hostileCaller((incoming) => {
        incoming.onCancel = (reason) => incoming.fail(reason);
        const body = incoming.takeBody();
        if (body.length % 3 === 0) incoming.reply("", body);
        else if (body.length % 3 === 1)
          incoming.reply(
            "",
            (async function* () {
              for (let at = 0; at < 10; at += 1) yield body;
            })(),
          );
      });
      for (const chunk of chunks) near.write(chunk);
      near.end();
      expect(await closed).toSatisfy(isAllowed);
      await callee.idle();
    });
    expect(rounds).toBeGreaterThan(0);
  },
);

test("a second of any frames at a caller: every call hears once, and its streams end", { timeout: 20_000 }, async () => {
  const rounds = await fuzz(1000, async (chunks) => {
    const { far, caller, closed, ends, heard } = hostileCallee(4);
    for (const chunk of chunks) far.write(chunk);
    far.end();
    expect(await closed).toSatisfy(isAllowed);
    await Promise.all(ends);
    expect(heard).toEqual([1, 1, 1, 1]);
    expect(caller.inFlight).toBe(0);
  });
  expect(rounds).toBeGreaterThan(0);
});

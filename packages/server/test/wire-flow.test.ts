import { describe, expect, test } from "vitest";

import { callOf, connectPair, readAll, type Answer, transportNames } from "./wire-pairs.js";

/** What a window lets come of a body, and the pieces that were made just before it was used up. */
const mostAhead = (1 << 20) + (1 << 18);

/** An endless stream that counts what it makes, and says when it is told to end. */
function fountain(size: number) {
  const state = { made: 0, isEnded: false };
  const piece = Buffer.alloc(size, 1);
  async function* items(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        state.made += size;
        yield piece;
      }
    } finally {
      state.isEnded = true;
    }
  }
  return { state, items };
}

const reader = ({ body }: Answer): AsyncIterator<Uint8Array> => (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();

const leave = async (answer: Answer): Promise<unknown> => reader(answer).return?.();

/** Resolves when nothing has moved for some turns of the event loop. */
async function settled(value: () => number): Promise<void> {
  let last = Number.NaN;
  for (let still = 0; still < 200; still += 1) {
    await new Promise(setImmediate);
    if (value() === last) continue;
    last = value();
    still = 0;
  }
}

describe.each(transportNames)("over %s", (transport) => {
  test.each([1, 100, 10_000, 300_000])("who does not read is sent no more than a window, in pieces of %i bytes", async (size) => {
    const { state, items } = fountain(size);
    await using pair = await connectPair(transport, { onCall: (call) => call.reply("", items()) });
    const answer = await callOf(pair.caller, "").answer;
    await settled(() => state.made);
    expect(state.made).toBeGreaterThan(0);
    expect(state.made).toBeLessThanOrEqual(mostAhead + size);
    // The same holds after some of it was taken.
    const stream = reader(answer);
    let taken = 0;
    while (taken < 3_000 * size && taken < 3_000_000) taken += ((await stream.next()).value as Uint8Array).length;
    await settled(() => state.made);
    expect(state.made - taken).toBeLessThanOrEqual(mostAhead + size);
    await leave(answer);
    await pair.callee.idle();
    expect(state.isEnded).toBe(true);
  });

  test("a million tiny pieces that nobody reads take no more memory than a few thousand", async () => {
    const { state, items } = fountain(1);
    await using pair = await connectPair(transport, { onCall: (call) => call.reply("", items()) });
    await callOf(pair.caller, "").answer;
    await settled(() => state.made);
    expect(state.made).toBeLessThan(5_000);
  });

  test("a hundred thousand tiny pieces come through, many at a time", async () => {
    const count = 100_000;
    await using pair = await connectPair(transport, {
      onCall: (call) =>
        call.reply(
          "",
          (async function* () {
            for (let at = 0; at < count; at += 1) yield "x";
          })(),
        ),
    });
    let got = 0;
    let pieces = 0;
    for await (const piece of (await callOf(pair.caller, "").answer).body as AsyncIterable<Uint8Array>) {
      got += piece.length;
      pieces += 1;
    }
    expect(got).toBe(count);
    expect(pieces).toBeLessThan(count / 100);
  });

  test("an item that comes alone waits for no other", async () => {
    await using pair = await connectPair(transport, {
      onCall: (call) =>
        call.reply(
          "",
          (async function* () {
            yield "one";
            yield " and two";
            await new Promise(() => undefined);
          })(),
        ),
    });
    const answer = await callOf(pair.caller, "").answer;
    expect(Buffer.from((await reader(answer).next()).value as Uint8Array).toString()).toBe("one and two");
    await leave(answer);
  });

  test("a stream that nobody reads holds up no other call", async () => {
    const { items } = fountain(50_000);
    await using pair = await connectPair(transport, {
      onCall: (call) => (call.head === "endless" ? call.reply("", items()) : call.reply("", call.takeBody())),
    });
    const unread = await Promise.all(Array.from({ length: 20 }, () => callOf(pair.caller, "endless").answer));
    const large = Buffer.alloc(5_000_000, 3);
    expect((await readAll((await callOf(pair.caller, "echo", large).answer).body)).equals(large)).toBe(true);
    expect(pair.caller.inFlight).toBe(20);
    await Promise.all(unread.map(leave));
    await pair.callee.idle();
  });

  test("streams wait for a socket that is full: all together they fill it no more than one would", async () => {
    const fountains = Array.from({ length: 40 }, () => fountain(100_000));
    await using pair = await connectPair(transport, {
      onCall: (call) => call.reply("", fountains[Number(call.head)]?.items() ?? ""),
    });
    // The caller's process stands still, as far as its socket is concerned.
    const calls = fountains.map((_, at) => callOf(pair.caller, String(at)));
    for (const { answer } of calls) answer.catch(() => undefined);
    pair.near.pause();
    const made = (): number => fountains.reduce((sum, { state }) => sum + state.made, 0);
    await settled(made);
    expect(made()).toBeGreaterThan(0);
    // Forty windows would be 40 MB. The system takes some, and each stream holds the one item that it could not send.
    expect(pair.far.writableLength).toBeLessThan(2_000_000);
    expect(made()).toBeLessThan(16_000_000);
    pair.near.resume();
    const answers = await Promise.all(calls.map(({ answer }) => answer));
    await Promise.all(answers.map(leave));
    await pair.callee.idle();
  });

  test("an upload waits for a callee that takes nothing in", async () => {
    await using pair = await connectPair(transport, {});
    pair.far.pause();
    const body = Buffer.alloc(3_000_000, 9);
    const calls = Array.from({ length: 10 }, () => callOf(pair.caller, "", body));
    await settled(() => pair.caller.backlogBytes);
    // The first piece of each goes with its call.
    expect(pair.caller.backlogBytes).toBeLessThan(10 * (1 << 18) + 2_000_000);
    pair.far.resume();
    for (const { answer } of calls) expect((await readAll((await answer).body)).equals(body)).toBe(true);
    await settled(() => pair.caller.backlogBytes);
    expect(pair.caller.backlogBytes).toBe(0);
  });
});

import { describe, expect, test } from "vitest";

import type { IncomingCall } from "../src/wire/incoming-call.js";
import type { PieceStream } from "../src/wire/piece-stream.js";
import { type Answer, connectPair, readAll, transportNames } from "./wire-pairs.js";

/** What a window lets come of a body, and the pieces that were made just before it was used up. */
const mostAhead = (1 << 20) + (1 << 18);

const nothing = new Uint8Array();

/** Calls with a body that comes in pieces; gives the answer, and the means to cancel. */
function open(pair: Awaited<ReturnType<typeof connectPair>>, pieces: AsyncIterator<Uint8Array, undefined>) {
  const told = { reading: 0 };
  let pending: ReturnType<typeof pair.caller.open> | undefined;
  const answer = new Promise<Answer>((resolve, reject) => {
    pending = pair.caller.open("head", pieces, {
      onReply: (head, body) => resolve({ head, body }),
      onFail: reject,
      onLateError: reject,
      onReading: () => (told.reading += 1),
    });
  });
  return { answer, told, cancel: (reason: Error) => pending?.cancel(reason) };
}

async function* counting(sizes: readonly number[], state = { made: 0 }): AsyncGenerator<Uint8Array, undefined, undefined> {
  for (const [n, size] of sizes.entries()) {
    state.made += size;
    yield Buffer.alloc(size, n);
  }
  return undefined;
}

const inputOf = (call: IncomingCall): PieceStream => call.input as PieceStream;

describe.each(transportNames)("a body that is read while it comes, over %s", (transport) => {
  test("comes whole and in order, whatever its pieces", async () => {
    await using pair = await connectPair(transport, {
      onCall: (call) => void readAll(inputOf(call)).then((bytes) => call.reply(call.head, bytes)),
    });
    for (const sizes of [[], [1, 2, 3], [1 << 20, 7, 3 << 20], Array.from({ length: 5000 }, () => 3)]) {
      const { head, body } = await open(pair, counting(sizes)).answer;
      const bytes = await readAll(body);
      expect([head, bytes.equals(await readAll(counting(sizes)))]).toEqual(["head", true]);
    }
    await pair.callee.idle();
    expect(pair.caller.inFlight).toBe(0);
  });

  test("is answered while it comes, piece by piece", async () => {
    await using pair = await connectPair(transport, {
      onCall: (call) => {
        call.tellReading();
        call.reply("", inputOf(call));
      },
    });
    const next: ((piece: Uint8Array | undefined) => void)[] = [];
    const pieces: AsyncIterator<Uint8Array, undefined> = {
      next: () =>
        new Promise((resolve) => next.push((value) => resolve(value === undefined ? { done: true, value } : { done: false, value }))),
    };
    const call = open(pair, pieces);
    const { body } = await call.answer;
    const answered = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    for (const text of ["a", "b", "c"]) {
      next.shift()?.(Buffer.from(text));
      expect(Buffer.from((await answered.next()).value as Uint8Array).toString()).toBe(text);
    }
    next.shift()?.(undefined);
    expect((await answered.next()).done).toBe(true);
    expect(call.told.reading).toBe(1);
  });

  test("is asked for no faster than it is taken, and no more once it is answered", async () => {
    let taken: IncomingCall | undefined;
    await using pair = await connectPair(transport, { onCall: (call) => (taken = call) });
    const state = { made: 0 };
    const call = open(
      pair,
      counting(
        Array.from({ length: 1000 }, () => 100_000),
        state,
      ),
    );
    let before = -1;
    await expect.poll(() => state.made > 0 && before === (before = state.made)).toBe(true);
    expect(state.made).toBeLessThanOrEqual(mostAhead + 100_000);
    taken?.reply("done", nothing);
    expect((await call.answer).head).toBe("done");
    expect(state.made).toBeLessThanOrEqual(mostAhead + 100_000);
  });

  test("that breaks fails where it is read, and the call goes on", async () => {
    await using pair = await connectPair(transport, {
      onCall: (call) =>
        void readAll(inputOf(call)).then(
          () => call.reply("whole", nothing),
          (error: Error) => call.reply(error.message, nothing),
        ),
    });
    const broken = async function* (): AsyncGenerator<Uint8Array, undefined, undefined> {
      yield Buffer.from("a");
      throw new Error("cut");
    };
    expect((await open(pair, broken()).answer).head).toBe("cut");
  });

  test("fails with its call where that is cancelled", async () => {
    const errors: unknown[] = [];
    await using pair = await connectPair(transport, {
      onCall: (call) =>
        void readAll(inputOf(call)).catch((error: unknown) => {
          errors.push((error as Error).message);
          call.fail(error);
        }),
    });
    const silent: AsyncIterator<Uint8Array, undefined> = { next: () => new Promise(() => undefined) };
    const call = open(pair, silent);
    call.cancel(new Error("left"));
    await expect(call.answer).rejects.toThrow("left");
    expect(errors.length).toBeLessThanOrEqual(1);
    await pair.callee.idle();
  });
});

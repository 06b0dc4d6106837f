import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { JsonItems, type JsonItemsOptions } from "./json-items.js";

/** Bytes in the pieces that they are cut into, and whether somebody still reads them. */
function pieces(bytes: Uint8Array, cuts: readonly number[]) {
  const state = { taken: 0, isLeft: false };
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  let at = 0;
  const iterator: AsyncIterator<Uint8Array, undefined> = {
    async next() {
      const end = ends.shift();
      if (end === undefined || state.isLeft) return { done: true, value: undefined };
      const value = bytes.subarray(at, end);
      at = end;
      state.taken += value.length;
      return { done: false, value };
    },
    async return() {
      state.isLeft = true;
      return { done: true, value: undefined };
    },
  };
  return { iterator, state };
}

const open = (iterator: AsyncIterator<Uint8Array, undefined>, options: Partial<JsonItemsOptions> = {}) =>
  new JsonItems(iterator, { maxLineBytes: 1000, revive: undefined, onAsk: () => undefined, ...options });

/** All items, and what they ended with. */
async function readAll(
  items: AsyncIterable<unknown>,
): Promise<{ readonly got: readonly unknown[]; readonly error?: { code?: unknown; issues?: unknown } }> {
  const got: unknown[] = [];
  try {
    for await (const item of items) got.push(item);
    return { got };
  } catch (error) {
    return { got, error: error as object };
  }
}

const cuts = fc.array(fc.nat(10_000), { maxLength: 30 });
const lineEnd = fc.constantFrom("\n", "\r\n", "\n\n", " \n", "\n\t\r\n");

test("however the bytes are cut, and whatever ends their lines, the items are the same", async () => {
  const written = fc.array(fc.tuple(fc.jsonValue(), lineEnd), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(written, fc.boolean(), cuts, async (lines, endsWithBreak, at) => {
      const text = lines.map(([value, end]) => JSON.stringify(value) + end).join("");
      const bytes = Buffer.from(endsWithBreak ? text : text.trimEnd());
      const expected = lines.map(([value]) => JSON.parse(JSON.stringify(value)) as unknown);
      expect(await readAll(open(pieces(bytes, at).iterator, { maxLineBytes: 100_000 }))).toEqual({ got: expected });
    }),
    { numRuns: 300 },
  );
});

test("any bytes at all give items, or an end that says which of them is wrong, and the same however they are cut", async () => {
  const parts = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.constantFrom("1\n", '"', "\n", "{", "}", "[[", "\u{1f600}", "\u0000").map((text) => Buffer.from(text)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(parts, { maxLength: 30 }), cuts, async (some, at) => {
      const bytes = Buffer.concat(some);
      const whole = await readAll(open(pieces(bytes, []).iterator, { maxLineBytes: 64 }));
      const { iterator, state } = pieces(bytes, at);
      const { got, error } = await readAll(open(iterator, { maxLineBytes: 64 }));
      expect(got).toEqual(whole.got);
      expect(error?.code).toBe(whole.error?.code);
      if (error === undefined) return;
      expect(["BENTO_INPUT_INVALID", "BENTO_PAYLOAD_TOO_LARGE"]).toContain(error.code);
      if (error.code === "BENTO_INPUT_INVALID") expect(error.issues).toMatchObject([{ path: [got.length] }]);
      expect(state.isLeft).toBe(true);
    }),
    { numRuns: 500 },
  );
});

describe("a line", () => {
  test.each([
    [10, true],
    [11, false],
  ])("of %i bytes where ten are allowed: %j", async (length, isAllowed) => {
    const line = Buffer.from(`"${"x".repeat(length - 2)}"`);
    for (const at of [[], [3], [3, 5, 9]]) {
      for (const end of ["", "\n", "\n1"]) {
        const { error } = await readAll(open(pieces(Buffer.concat([line, Buffer.from(end)]), at).iterator, { maxLineBytes: 10 }));
        expect(error?.code).toBe(isAllowed ? undefined : "BENTO_PAYLOAD_TOO_LARGE");
      }
    }
  });

  test("that never ends is not read on when it is too long", async () => {
    const { iterator, state } = pieces(
      Buffer.alloc(1_000_000, "x"),
      Array.from({ length: 999 }, (_, n) => n * 1000),
    );
    expect((await readAll(open(iterator, { maxLineBytes: 5000 }))).error?.code).toBe("BENTO_PAYLOAD_TOO_LARGE");
    expect(state.taken).toBeLessThan(8000);
  });

  test("is given before the next comes, and asked for before that is", async () => {
    let asked = 0;
    const { iterator, state } = pieces(Buffer.from("1\n2\n3"), [2, 4]);
    const items = open(iterator, { onAsk: () => (asked += 1) });
    expect([await items.next(), state.taken, asked]).toEqual([{ done: false, value: 1 }, 2, 1]);
    expect([await items.next(), state.taken, asked]).toEqual([{ done: false, value: 2 }, 4, 2]);
    await items.return();
    expect([await items.next(), state.isLeft]).toEqual([{ done: true, value: undefined }, true]);
  });

  test("is brought back to what JSON could not hold", async () => {
    const revive = (list: unknown): unknown => (list as string[]).map((text) => new Date(text));
    expect(await readAll(open(pieces(Buffer.from('"2026-01-01"\n'), []).iterator, { revive }))).toEqual({ got: [new Date("2026-01-01")] });
  });
});

import { expect, test } from "vitest";

import { PieceStream } from "./piece-stream.js";

function open() {
  const heard = { taken: 0, left: 0 };
  const stream = new PieceStream({ onTaken: (byteCount) => (heard.taken += byteCount), onLeave: () => (heard.left += 1) });
  return { stream, heard };
}

const piece = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = ({ done, value }: IteratorResult<Uint8Array, undefined>): string => (done === true ? "(end)" : Buffer.from(value).toString());

test("pieces come in order, whether they or their readers are there first", async () => {
  const { stream, heard } = open();
  const first = [stream.next(), stream.next(), stream.next()];
  stream.push(piece("a"));
  stream.push(piece("b"));
  stream.push(piece("c"));
  stream.push(piece("dd"));
  expect((await Promise.all(first)).map(text)).toEqual(["a", "b", "c"]);
  expect(heard.taken).toBe(3);
  stream.end();
  expect([text(await stream.next()), text(await stream.next()), text(await stream.next())]).toEqual(["dd", "(end)", "(end)"]);
  expect(heard).toEqual({ taken: 5, left: 0 });
});

test("every reader that waits hears of the end", async () => {
  const { stream } = open();
  const readers = [stream.next(), stream.next()];
  stream.end();
  expect((await Promise.all(readers)).map(text)).toEqual(["(end)", "(end)"]);
});

test("an error comes once, after all that came before it", async () => {
  const { stream } = open();
  stream.push(piece("a"));
  stream.fail(new Error("broken"));
  stream.push(piece("late"));
  expect(text(await stream.next())).toBe("a");
  await expect(stream.next()).rejects.toThrow("broken");
  expect(text(await stream.next())).toBe("(end)");
});

test("an error reaches the first of those who wait, and the others hear of the end", async () => {
  const { stream } = open();
  const readers = [stream.next(), stream.next()];
  stream.fail(new Error("broken"));
  const [first, second] = await Promise.allSettled(readers);
  expect([first?.status, second?.status]).toEqual(["rejected", "fulfilled"]);
});

test("who leaves lets go of what waits, ends who waits, and is told of once", async () => {
  const { stream, heard } = open();
  stream.push(piece("a"));
  await stream.return();
  await stream.return();
  stream.push(piece("b"));
  expect(text(await stream.next())).toBe("(end)");
  expect(heard).toEqual({ taken: 0, left: 1 });

  const other = open();
  const waiting = other.stream.next();
  await other.stream.return();
  expect(text(await waiting)).toBe("(end)");
  expect(other.heard.left).toBe(1);
});

test("who leaves after the end does not leave early, and hears of no error any more", async () => {
  const { stream, heard } = open();
  stream.fail(new Error("broken"));
  await stream.return();
  expect(text(await stream.next())).toBe("(end)");
  expect(heard.left).toBe(0);
});

test("a small piece that waits does not keep the chunk that it came with", async () => {
  const { stream } = open();
  const chunk = new Uint8Array(65_536);
  stream.push(chunk.subarray(10, 20));
  stream.push(chunk.subarray(0, 60_000));
  const small = (await stream.next()).value as Uint8Array;
  const large = (await stream.next()).value as Uint8Array;
  expect([small.length, small.buffer.byteLength]).toEqual([10, 10]);
  expect(large.buffer).toBe(chunk.buffer);
});

import { once } from "node:events";

import { expect, test } from "vitest";

import { IncomingPieces } from "./incoming-pieces.js";

const text = ({ done, value }: IteratorResult<Uint8Array, undefined>): string => (done === true ? "(end)" : Buffer.from(value).toString());

test("what is written is read in order, whoever is there first", async () => {
  const pieces = new IncomingPieces();
  const first = pieces.next();
  pieces.write("a");
  expect(text(await first)).toBe("a");
  pieces.write("b");
  expect(text(await pieces.next())).toBe("b");
  const last = pieces.next();
  pieces.end();
  expect([text(await last), text(await pieces.next())]).toEqual(["(end)", "(end)"]);
});

test("very many pieces that wait are few", async () => {
  const pieces = new IncomingPieces();
  for (let n = 0; n < 10_000; n++) pieces.write("x");
  pieces.end();
  const sizes: number[] = [];
  for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) sizes.push(next.value.length);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(10_000);
  expect(sizes.length).toBeLessThan(5);
});

test("nobody writes further ahead than there is room", async () => {
  const pieces = new IncomingPieces();
  let written = 0;
  while (pieces.write(Buffer.alloc(1000))) written += 1;
  expect(written).toBeLessThan(100);
  const drained = once(pieces, "drain");
  await pieces.next();
  await pieces.next();
  await drained;
});

test("what it breaks off with comes after what was there, once", async () => {
  const pieces = new IncomingPieces();
  pieces.write("a");
  pieces.destroy(new Error("broken"));
  await new Promise((resolve) => pieces.once("close", resolve));
  expect(text(await pieces.next())).toBe("a");
  await expect(pieces.next()).rejects.toThrow("broken");
  expect(text(await pieces.next())).toBe("(end)");
  const waiting = new IncomingPieces();
  const next = waiting.next();
  waiting.destroy(new Error("gone"));
  await expect(next).rejects.toThrow("gone");
});

test("who takes no more closes it", async () => {
  const pieces = new IncomingPieces();
  pieces.write("a");
  const closed = once(pieces, "close");
  await pieces.return();
  await closed;
  expect(pieces.destroyed).toBe(true);
});

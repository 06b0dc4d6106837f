import fc from "fast-check";
import { expect, test } from "vitest";
import { byTreeOrder, compareCodePoints } from "./tree.js";

const text = fc.string({ unit: "binary" });

test("text is ordered by code point, as its UTF-8 bytes are", () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareCodePoints(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
    }),
  );
});

test("a folder stands right before what it holds", () => {
  const paths = ["a.b", "a/z", "a", "a-b", "a/b/c", "a/b", "\u{1f600}", "\uffee"];
  expect(
    paths
      .map((path) => ({ path }))
      .toSorted(byTreeOrder)
      .map(({ path }) => path),
  ).toEqual(["a", "a/b", "a/b/c", "a/z", "a-b", "a.b", "\uffee", "\u{1f600}"]);
});

import { Tag } from "@bento/core";
import { expect, test } from "vitest";
import { isPattern, patternTest } from "./name-pattern.js";

test.each([
  ["iris*", "iris-log:v1", true],
  ["iris*", "my-iris:v1", false],
  ["*:v?", "iris:v1", true],
  ["*:v?", "iris:v12", false],
  ["IRIS", "iris:v1", true],
  ["a.c*", "abc:v1", false],
  ["[ab]x", "bx:v1", true],
  ["[!ab]x", "bx:v1", false],
  ["[a-c]x", "bx:v1", true],
  ["[", "a:v1", false],
  ["a-b*", "a-b.c:v1", true],
])("%s on %s: %s", (pattern, tag, fits) => {
  expect(patternTest(pattern)(Tag.parse(tag))).toBe(fits);
});

test("no tag is taken for a pattern", () => {
  expect(["a", "a:latest", "a.b-c_d:v1"].filter(isPattern)).toEqual([]);
  expect(["a*", "a?", "[a]"].filter(isPattern)).toHaveLength(3);
});

test("a pattern that is none is quoted", () => {
  expect(() => patternTest("[z-a]")).toThrow('"[z-a]" is no pattern.');
});

import fc from "fast-check";
import { expect, test } from "vitest";

import { findJsonFault } from "./json-position.js";

test.each([
  ["", 1, 1, /unexpected end, expected value/],
  ['{"a":', 1, 6, /unexpected end, expected value/],
  ['{"a" 1}', 1, 6, /expected colon/],
  ["{'a':1}", 1, 2, /unexpected "'", expected key or }/],
  ["[1,]", 1, 4, /unexpected "\]", expected value/],
  ["[1 2]", 1, 4, /expected comma or ]/],
  ['{"a":1,}', 1, 8, /unexpected "}", expected key/],
  ["{}\n{}", 2, 1, /expected end/],
  ["[\n  1,\n  NaN\n]", 3, 3, /unexpected "N"/],
  ['["a\nb"]', 1, 2, /expected value/],
  ["01", 1, 2, /expected end/],
  ["tru", 1, 1, /unexpected "t"/],
])("%j", (text, line, column, problem) => {
  expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
  expect(findJsonFault(text)).toEqual({ line, column, problem: expect.stringMatching(problem) });
});

test("good JSON has no fault before its end", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const { problem, line, column } = findJsonFault(`${text} x`);
      const lines = text.split("\n");
      expect(problem).toContain("expected end");
      expect([line, column]).toEqual([lines.length, (lines.at(-1) ?? "").length + 2]);
    }),
  );
});

test("a hostile depth costs one pass and no stack", () => {
  const text = "[".repeat(1_000_000);
  expect(findJsonFault(text)).toMatchObject({ column: 1_000_001, problem: "unexpected end, expected value or ]" });
});

test.each([
  ["a long string", `["${"x".repeat(20_000_000)}",]`, 20_000_005, "expected value"],
  ["a string without an end", `["${"x".repeat(20_000_000)}`, 2, "expected value"],
  ["a long key", `{"${"x".repeat(20_000_000)}"}`, 20_000_004, "expected colon"],
])("%s costs no stack", (_, text, column, problem) => {
  expect(findJsonFault(text)).toMatchObject({ line: 1, column, problem: expect.stringContaining(problem) as string });
});

test("ten million lines cost no list of them", () => {
  expect(findJsonFault("\n".repeat(10_000_000) + "x")).toMatchObject({ line: 10_000_001, column: 1 });
});

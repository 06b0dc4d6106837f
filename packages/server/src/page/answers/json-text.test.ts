import { expect, test } from "vitest";

import { indented, parseExact } from "./json-text.js";

test("short members stay on one line, others get one each", () => {
  expect(indented({ a: [1, 2], b: {} })).toBe('{ "a": [1, 2], "b": {} }');
  const long = { name: "x".repeat(70), list: [] };
  expect(indented(long)).toBe(`{\n  "name": "${"x".repeat(70)}",\n  "list": []\n}`);
  expect(JSON.parse(indented([long, [long]]))).toEqual([long, [long]]);
});

test("names that mean something to JavaScript are names", () => {
  expect(indented(JSON.parse('{"__proto__": {"a": 1}}'))).toBe('{ "__proto__": { "a": 1 } }');
});

// Node 20 tells a reviver no sources; browsers do.
test("numbers that fit are numbers", () => {
  expect(parseExact('{"a": 1.5, "b": [9007199254740991]}')).toEqual({ a: 1.5, b: [Number.MAX_SAFE_INTEGER] });
});

import { expect, test } from "vitest";

import { parseFieldText } from "./field-text.js";

const text = { types: new Set(["string"]), isBigint: false };
const either = { types: new Set(["string", "integer"]), isBigint: false };
const nullable = { types: new Set(["string", "null"]), isBigint: false };
const unknown = { types: undefined, isBigint: false };
const bigint = { types: new Set(["integer"]), isBigint: true };

test.each([
  ["abc", text, "abc"],
  ['"abc"', text, "abc"],
  ["123", text, "123"],
  ["null", text, "null"],
  ["null", nullable, null],
  ["{}", text, "{}"],
  ["123", either, 123],
  ["1.5", either, "1.5"],
  ["123", unknown, 123],
  ["[1]", undefined, [1]],
  ["NaN", unknown, "NaN"],
  ["", undefined, ""],
  ["12345678901234567890", bigint, "12345678901234567890"],
])("%s", (value, field, expected) => {
  expect(parseFieldText(value, field)).toEqual(expected);
});

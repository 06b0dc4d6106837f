import fc from "fast-check";
import { expect, test } from "vitest";
import { parseExactJson } from "./exact-json.js";

test.each<[string, unknown]>([
  ["99999999999999999999", 99_999_999_999_999_999_999n],
  ["[1, -99999999999999999999]", [1, -99_999_999_999_999_999_999n]],
  [
    '{"99999999999999999999":"99999999999999999999\\"99999999999999999999"}',
    { "99999999999999999999": '99999999999999999999"99999999999999999999' },
  ],
  ["1.00000000000000000001", 1],
  ["99999999999999999999.5", 1e20],
  ["99999999999999999999e3", 1e23],
  ["1e99999999999999999999", Infinity],
  ["9007199254740991", 9_007_199_254_740_991],
])("%s", (text, value) => {
  expect(parseExactJson(text)).toEqual(value);
});

test("any other JSON is read as it always is", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const read = JSON.stringify(parseExactJson(text), (_key, value) => (typeof value === "bigint" ? Number(value) : (value as unknown)));
      expect(JSON.parse(read)).toEqual(JSON.parse(text));
    }),
  );
});

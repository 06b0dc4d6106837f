import fc from "fast-check";
import { expect, test } from "vitest";
import { parseLenientJson } from "./lenient-json.js";

test("strict JSON is read as it is", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseLenientJson(text)).toEqual(JSON.parse(text));
    }),
  );
});

test("Python's numbers are read, and text that looks like them stays text", () => {
  expect(parseLenientJson('[NaN, -Infinity, {"Infinity": Infinity, "a": "NaN \\" NaN"}]')).toEqual([
    Number.NaN,
    Number.NEGATIVE_INFINITY,
    { Infinity: Number.POSITIVE_INFINITY, a: 'NaN " NaN' },
  ]);
});

test("anything else is still an error", () => {
  expect(() => parseLenientJson("[NaN")).toThrow(SyntaxError);
  expect(() => parseLenientJson("nope")).toThrow(SyntaxError);
});

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

test("a long text beside such a number costs no stack, with or without an end", () => {
  const long = `${"x".repeat(9_000_000)}${String.raw`\"`}`;
  expect((parseLenientJson(`["${long}", NaN, "NaN"]`) as unknown[]).slice(1)).toEqual([Number.NaN, "NaN"]);
  expect(() => parseLenientJson(`[NaN, "${long}`)).toThrow(SyntaxError);
});

test("whatever is read or refused, it is as JSON without such numbers would be", () => {
  const piece = fc.constantFrom("NaN", "Infinity", "-Infinity", "[", "]", "{", "}", ",", ":", '"', "\\", "1", " ", "null", "x", "\n");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join("");
      try {
        parseLenientJson(text);
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError);
        // With null in its place, what is refused is none either.
        expect(
          () =>
            JSON.parse(
              text.replaceAll(/"(?:[^"\\]|\\[^])*"|-?Infinity|NaN/g, (token) => (token.startsWith('"') ? token : "null")),
            ) as unknown,
        ).toThrow(SyntaxError);
      }
    }),
    { numRuns: 2000 },
  );
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { splitJson } from "./split-json.js";

async function split(pieces: readonly string[]): Promise<string[]> {
  const values: string[] = [];
  async function* source() {
    yield* pieces;
  }
  for await (const value of splitJson(source())) values.push(value);
  return values;
}

test("values that end by themselves are found however the text is cut", async () => {
  const value = fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()), fc.string());
  await fc.assert(
    fc.asyncProperty(fc.array(value), fc.integer({ min: 1, max: 7 }), async (values, size) => {
      const texts = values.map((one) => JSON.stringify(one));
      const text = texts.join("");
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, n) => text.slice(n * size, (n + 1) * size));
      expect(await split(pieces)).toEqual(texts);
    }),
  );
});

test("numbers and words end at the piece, at white space and at the next value", async () => {
  expect(await split(["1", "23", "4 5\n6", 'true{"a":1}null"x"', "[1"])).toEqual([
    "1",
    "23",
    "4",
    "5",
    "6",
    "true",
    '{"a":1}',
    "null",
    '"x"',
    "[1",
  ]);
});

import { BentoError, DataFrame, type JsonSchema, Tensor } from "@bento/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { makeNonFiniteFields, makeNonFiniteReader } from "./non-finite.js";

const tensor = { type: "tensor", format: "numpy-array" };
const table = { type: "dataframe", orient: "records" };
const input: JsonSchema = {
  type: "object",
  properties: {
    a: tensor,
    many: { type: "array", items: { anyOf: [tensor, { type: "null" }] } },
    df: table,
    deep: { $ref: "#/$defs/deep" },
    by: { type: "number" },
    any: {},
  },
  $defs: { deep: { type: "object", properties: { m: tensor, next: { $ref: "#/$defs/deep" } } } },
};
const read = makeNonFiniteReader(input);

/** What is told of a text that is refused: the place and the word. */
function refusalOf(text: string): unknown {
  try {
    return read(text);
  } catch (error) {
    if (!BentoError.is(error, "BENTO_INPUT_INVALID")) throw error;
    return { path: error.issues[0]?.path, word: error.issues[0]?.message.split(" ")[0] };
  }
}

describe("where they are numbers", () => {
  test.each<[string, unknown]>([
    ['{"a":NaN}', { a: NaN }],
    ['{"a":[1, NaN,-Infinity ,Infinity]}', { a: [1, NaN, -Infinity, Infinity] }],
    ['{"a":[[1.5],[NaN]],"by":2}', { a: [[1.5], [NaN]], by: 2 }],
    ['{"many":[[NaN],null,[[2]]]}', { many: [[NaN], null, [[2]]] }],
    ['{"df":[{"x":NaN,"NaN":"NaN"},{"x":1}]}', { df: [{ x: NaN, NaN: "NaN" }, { x: 1 }] }],
    ['{"df":{"x":[NaN,-Infinity]}}', { df: { x: [NaN, -Infinity] } }],
    ['{"deep":{"next":{"next":{"m":[NaN]}}}}', { deep: { next: { next: { m: [NaN] } } } }],
    [String.raw`{"any":"a \"NaN\" \\","é":"NaN, Infinity","a":[NaN]}`, { any: 'a "NaN" \\', é: "NaN, Infinity", a: [NaN] }],
  ])("%s", (text, value) => {
    expect(read(text)).toEqual({ value });
  });

  test("what a text says is not changed by what stands beside it", () => {
    expect(read('{"__proto__":{"x":1},"a":[NaN]}')?.value).toEqual(
      JSON.parse('{"__proto__":{"x":1},"a":[0]}', (key, value: unknown) => (key === "0" ? NaN : value)),
    );
  });

  test("a whole input may be one", () => {
    expect(makeNonFiniteReader(tensor)("[NaN]")).toEqual({ value: [NaN] });
    expect(makeNonFiniteReader({ type: "array", prefixItems: [{ type: "string" }, tensor] })('["NaN",[NaN]]')).toEqual({
      value: ["NaN", [NaN]],
    });
  });
});

describe("where they are none", () => {
  test.each<[string, readonly (string | number)[], string]>([
    ['{"by":NaN}', ["by"], "NaN"],
    ['{"a":[NaN],"by":-Infinity}', ["by"], "-Infinity"],
    ['{"any":[1,{"x":Infinity}]}', ["any", 1, "x"], "Infinity"],
    ['{"deep":{"m":[NaN],"n":[NaN]}}', ["deep", "n", 0], "NaN"],
    ['{"unknown":NaN}', ["unknown"], "NaN"],
    ["NaN", [], "NaN"],
  ])("%s", (text, path, word) => {
    expect(refusalOf(text)).toEqual({ path, word });
  });

  test.each([
    '{"a":[1,]}',
    '{"a":[nan]}',
    '{"a":[NaNs]}',
    '{"a":[-NaN]}',
    '{"a":[+Infinity]}',
    '{NaN:1,"a":[NaN]}',
    '{"a":[NaN]',
    '{"a":"NaN}',
    '{"a":[1NaN]}',
  ])("%s is no such text", (text) => {
    expect(read(text)).toBeUndefined();
  });
});

test("fields of a form are read as what they are", () => {
  const readFields = makeNonFiniteFields(input);
  const texts = { a: "[1, NaN]", many: ["[NaN]", [2]], by: "NaN", any: "[NaN]", df: '[{"x": NaN}]' };
  expect(readFields({ ...texts })).toEqual({ ...texts, a: [1, NaN], many: [[NaN], [2]], by: "NaN", df: [{ x: NaN }] });
});

test("the kinds take them: arrays as numbers, tables as cells", () => {
  const { a, df } = (read('{"a":[1,NaN],"df":[{"x":NaN}]}') as { value: { a: number[]; df: { x: number }[] } }).value;
  expect([...new Tensor("float64", [2], Float64Array.from(a)).data]).toEqual([1, NaN]);
  expect(DataFrame.fromRecords(df).records()).toEqual([{ x: NaN }]);
});

const words = fc.constantFrom("NaN", "Infinity", "-Infinity");
const element = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  words,
);

test("a list of numbers comes as it was written, whatever texts stand around it", () => {
  fc.assert(
    fc.property(fc.array(element), fc.string(), fc.string(), (elements, before, after) => {
      const list = `[${elements.join(",")}]`;
      const text = `{${JSON.stringify(`_${before}`)}:${JSON.stringify(before)},"a":${list},"any":${JSON.stringify(after)}}`;
      const numbers = elements.map((one) => (one === "NaN" ? NaN : Number(one)));
      const has = elements.some((one) => /[NI]/.test(one));
      expect(read(text)).toEqual(has ? { value: { [`_${before}`]: before, a: numbers, any: after } } : undefined);
    }),
  );
});

test("any text at all is read, refused as an input, or left", () => {
  const scraps = fc.array(fc.oneof(words, fc.constantFrom('"', "\\", "[", "]", "{", "}", ",", ":", "1", " ", '"a"', '"df"')));
  fc.assert(
    fc.property(scraps, (parts) => {
      refusalOf(parts.join(""));
    }),
    { numRuns: 1000 },
  );
});

test("hostile texts take a time in proportion to their length", () => {
  const size = 1 << 20;
  const texts = [
    `"${String.raw`\"`.repeat(size)}`,
    '"'.repeat(size),
    `[${"NaN,".repeat(size)}`,
    `[NaN${" ".repeat(size)}`,
    "-".repeat(size),
    '[NaN,"aaaa'.repeat(size / 4),
  ];
  const started = performance.now();
  for (const text of texts) expect(read(text)).toBeUndefined();
  // What is quadratic takes hours.
  expect(performance.now() - started).toBeLessThan(20_000);
});

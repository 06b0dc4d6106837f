import type { JsonSchema } from "@bento/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";

import { makeBodyCounter } from "./count-json-items.js";

const names = ["x", "images", "größe", 'a"b'];
const array = { type: "array", items: {} };
const open: JsonSchema = { anyOf: [array, { type: "object", properties: Object.fromEntries(names.map((name) => [name, array])) }] };

function count(text: string, { schema = open, dim = 0 }: { schema?: JsonSchema; dim?: number } = {}): unknown {
  return makeBodyCounter(schema, dim)?.(new TextEncoder().encode(text));
}

/** What JSON.parse says: the count, or that there is nothing to tell. */
function countParsed(value: unknown, dim: number): number | undefined {
  if (Array.isArray(value)) return dimension(value, dim);
  if (typeof value !== "object" || value === null) return undefined;
  const counts = names
    .filter((name) => Object.hasOwn(value, name))
    .map((name): unknown => value[name as keyof typeof value])
    .filter((member) => Array.isArray(member))
    .map((member) => dimension(member, dim));
  return counts.every((each) => each === counts[0]) ? counts[0] : undefined;
}

function dimension(value: unknown, dim: number): number | undefined {
  if (!Array.isArray(value)) return undefined;
  if (dim === 0 || value.length === 0) return value.length;
  return dimension(value[0], dim - 1);
}

/** Long enough for each way of looking for its end, with quotes and backslashes near the places where they change. */
const longText = fc
  .array(fc.tuple(fc.nat(40), fc.constantFrom('"', "\\", "\\\\", '\\"', '""')), { maxLength: 5 })
  .map((parts) => parts.map(([length, end]) => "x".repeat(length) + end).join(""));
/** Some of the JSON there is: with hard strings, nesting, and the names that count. */
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof(
      fc.double({ noNaN: true }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom('"', "\\", "[", "]", "{", "}", ",") }),
    ),
    longText,
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), tie("value"), { maxKeys: 4 }),
  ),
})).value;
const manyMembers = fc.nat(4).chain((length) =>
  fc.record(
    {
      x: fc.array(json, { minLength: length, maxLength: length }),
      größe: fc.array(json, { minLength: length, maxLength: length }),
      rest: json,
      'a"b': fc.oneof(json, fc.constant([])),
    },
    { requiredKeys: ["x"] },
  ),
);
const space = fc.constantFrom(undefined, 1, "\t", " \r\n ");

test("the count is what JSON.parse would tell, for any JSON however it is spaced", () => {
  fc.assert(
    fc.property(fc.oneof(json, fc.array(json), manyMembers), space, fc.nat(2), (value, indent, dim) => {
      const text = `${JSON.stringify(value, null, indent)}${typeof indent === "string" ? indent : ""}`;
      const counted = count(text, { dim }) as { items: number } | undefined;
      expect(counted?.items).toBe(countParsed(JSON.parse(text), dim));
    }),
    { numRuns: 2000 },
  );
});

test("what is no JSON is never an exception", () => {
  fc.assert(
    fc.property(
      fc.oneof(json, manyMembers),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
      fc.nat(),
      fc.nat(2),
      (value, changes, end, dim) => {
        const bytes = new TextEncoder().encode(JSON.stringify(value));
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        const counted = makeBodyCounter(open, dim)?.(bytes.subarray(0, end % (bytes.length + 1)));
        expect(counted === undefined || Number.isInteger(counted.items)).toBe(true);
      },
    ),
    { numRuns: 2000 },
  );
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void makeBodyCounter(open, 0)?.(bytes)));
});

test.each([
  "",
  " ",
  "[",
  "[1",
  "[1,2",
  "[1]]",
  "[1]x",
  '{"x":[1]',
  '{"x":[1}',
  '{"x"[1]}',
  '{"x":[1],}',
  "{x:[1]}",
  '{"x":}',
  '["',
  '["\\',
  '["\\"]',
  "7",
  "null",
  '"[1]"',
])("%j has no count", (text) => {
  expect(count(text)).toBeUndefined();
});

test("what the members that hold no items say is the rest", () => {
  expect(count('{"x":[1,2]}')).toEqual({ items: 2, rest: "" });
  expect(count(' { "x" : [ ] , "images":[\n]} ')).toEqual({ items: 0, rest: "" });
  expect(count('{"top":3,"x":[1,2],"mode":{"a":[",]"]},"images":null}')).toEqual({
    items: 2,
    rest: '"top":3,"mode":{"a":[",]"]},"images":null,',
  });
  expect(count("[[1,2],[3]]")).toEqual({ items: 2, rest: "" });
});

test("rests that differ in one byte are told apart, beyond ASCII too", () => {
  const rests = ["ä", "ö", "a", "日", "本"].map((text) => (count(`{"x":[1],"t":"${text}"}`) as { rest: string }).rest);
  expect(new Set(rests).size).toBe(5);
});

test("a name is known however it is written", () => {
  expect(count(String.raw`{"\u0078":[1],"im\u0061ges":[1],"a\"b":[2],"größe":[3]}`)).toEqual({ items: 1, rest: "" });
  expect(count(String.raw`{"\ux":[1],"x":[1]}`)).toBeUndefined();
});

test("arrays that disagree, and a name that comes twice, are left to whoever decodes", () => {
  expect(count('{"x":[1],"images":[1,2]}')).toBeUndefined();
  expect(count('{"x":[1],"x":[1,2]}')).toBeUndefined();
  expect(count('{"x":[1],"x":7}')).toBeUndefined();
  expect(count('{"top":1,"x":[1],"top":2}')).toMatchObject({ items: 1 });
});

test("a deeper dimension counts in the first row", () => {
  expect(count("[[1,2,3],[4,5,6]]", { dim: 1 })).toMatchObject({ items: 3 });
  expect(count('{"x":[[[1,2,[3,4]],[5]],[[6]]], "images":[[["a","b","c"]]]}', { dim: 2 })).toMatchObject({ items: 3 });
  expect(count("[[],[]]", { dim: 1 })).toMatchObject({ items: 0 });
  expect(count("[]", { dim: 1 })).toMatchObject({ items: 0 });
  expect(count("[1,2]", { dim: 1 })).toBeUndefined();
});

test("a hostile depth is counted like any other", () => {
  const depth = 1_000_000;
  const deep = "[".repeat(depth) + "]".repeat(depth);
  expect(count(deep)).toMatchObject({ items: 1 });
  expect(count(`{"rest":${deep},"x":[1,${deep},3]}`)).toMatchObject({ items: 3 });
  expect(count("[".repeat(depth))).toBeUndefined();
  expect(count(`{"x":${'{"x":'.repeat(depth)}`)).toBeUndefined();
});

test("a body within a larger buffer is counted for itself", () => {
  const buffer = new TextEncoder().encode('[9]{"top":1,"x":[1,2]}[9,9]');
  expect(makeBodyCounter(open, 0)?.(buffer.subarray(3, buffer.length - 5))).toEqual({ items: 2, rest: '"top":1,' });
});

test("the schema says which members count: those that may be arrays, through references and choices", () => {
  const recursive = z.object({
    get children() {
      return z.array(recursive);
    },
    name: z.string(),
  });
  const schemas: [z.ZodType, string, unknown][] = [
    [z.array(z.number()), "[1,2]", { items: 2, rest: "" }],
    [z.array(z.number()), '{"x":[1]}', undefined],
    [z.object({ x: z.array(z.number()), note: z.string() }), '{"x":[1],"note":"n"}', { items: 1, rest: '"note":"n",' }],
    [z.object({ x: z.array(z.number()), note: z.string() }), '{"x":[1],"extra":[1,2,3]}', { items: 1, rest: '"extra":[1,2,3],' }],
    [z.object({ x: z.array(z.number()) }), "[1,2]", undefined],
    [z.object({ x: z.array(z.number()).nullable().optional() }), '{"x":[1]}', { items: 1, rest: "" }],
    [
      z.union([z.object({ x: z.array(z.number()) }), z.object({ y: z.tuple([z.number(), z.number()]) })]),
      '{"y":[1,2]}',
      { items: 2, rest: "" },
    ],
    [recursive, '{"children":[{"children":[],"name":"a"}],"name":"b"}', { items: 1, rest: '"name":"b",' }],
    [z.object({ x: z.array(z.number()).meta({ id: "Numbers" }) }), '{"x":[1,2]}', { items: 2, rest: "" }],
  ];
  for (const [schema, text, expected] of schemas) {
    expect(count(text, { schema: z.toJSONSchema(schema, { io: "input" }) as JsonSchema })).toEqual(expected);
  }
});

test.each<JsonSchema>([
  {},
  { type: "string" },
  { type: "object", properties: { top: { type: "integer" } } },
  { $ref: "#/nowhere" },
  { $ref: "#" },
])("%j tells of no array, so there is no counter", (schema) => {
  expect(makeBodyCounter(schema, 0)).toBeUndefined();
});

const tensorOf = (shape: readonly number[], named?: readonly unknown[]): JsonSchema => ({
  type: "object",
  properties: { x: { type: "tensor", shape, ...(named && { "x-bento-shape": named }) } },
});

test.each<[string, JsonSchema, string, number | undefined]>([
  ["the rows of a tensor", tensorOf([-1, 2], ["n", 2]), '{"x":[[1,2],[3,4],[5,6]]}', 3],
  ["the elements of one that has no more dimensions", tensorOf([-1], ["n"]), '{"x":[1,2]}', 2],
  ["the rows of one whose elements might come in one row", tensorOf([-1, 2]), '{"x": [ [1,2],[3,4]]}', 2],
  ["none of one whose elements do", tensorOf([-1, 2]), '{"x":[1,2,3,4]}', undefined],
  ["none of an empty one", tensorOf([-1, 2]), '{"x":[ ]}', 0],
  ["none of what is no array", tensorOf([-1, 2], ["n", 2]), '{"x":"AAAA"}', undefined],
  ["a root tensor's rows", { type: "tensor", shape: [-1, 1] }, "[[1],[2]]", 2],
  ["none of a flat root", { type: "tensor", shape: [-1, 1] }, "[1,2]", undefined],
  ["the rows of a table", { type: "object", properties: { t: { type: "dataframe" } } }, '{"t":[{"a":1},{"a":2}]}', 2],
  ["none of a table by columns", { type: "object", properties: { t: { type: "dataframe" } } }, '{"t":{"a":[1,2]}}', undefined],
  ["none of a root table by columns", { type: "dataframe" }, '{"a":[1,2]}', undefined],
  ["a root table's rows", { type: "dataframe" }, '[{"a":1}]', 1],
  [
    "none where bytes are items too",
    { type: "object", properties: { b: { type: "string", "x-bento-type": "bytes" }, x: { type: "array" } } },
    '{"b":"AAAA","x":[1,2,3]}',
    undefined,
  ],
])("counts %s", (_name, schema, text, expected) => {
  expect((count(text, { schema }) as { items: number } | undefined)?.items).toBe(expected);
});

import type { JsonSchema } from "@bento/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { mayHoldArray } from "./may-hold-array.js";

const array = { type: "array", items: { type: "number" } };
const rows = { type: "array", items: array };
const text = { type: "string" };
const object = (properties: object, rest: object = {}): JsonSchema => ({ type: "object", properties, ...rest });

test.each<[string, JsonSchema, dimension: number]>([
  ["an array", array, 0],
  ["an array or null", { type: ["array", "null"] }, 0],
  ["an array of arrays", rows, 1],
  ["an array of anything", { type: "array" }, 3],
  ["an array whose items nobody described", { type: "array", items: {} }, 1],
  ["a tuple with an array in it", { type: "array", prefixItems: [text, array] }, 1],
  ["an object with an array", object({ a: text, xs: array }), 0],
  ["an object with an array of arrays", object({ xs: rows }), 1],
  ["a record of arrays", { type: "object", additionalProperties: array }, 0],
  ["a record by pattern", { type: "object", patternProperties: { "^x": array } }, 0],
  ["an open object", object({}, { additionalProperties: true }), 0],
  ["one of several", { anyOf: [text, { oneOf: [object({ xs: array })] }] }, 0],
  ["all of several", { allOf: [object({ a: text }), object({ xs: array })] }, 0],
  ["a property that is one of several", object({ xs: { anyOf: [array, { type: "null" }] } }), 0],
  ["a reference", { $ref: "#/$defs/a~1b", $defs: { "a/b": array } }, 0],
  ["a reference of a property", object({ xs: { $ref: "#/definitions/xs" } }, { definitions: { xs: { items: array, type: "array" } } }), 1],
  ["a reference to elsewhere", { $ref: "https://example.org/schema" }, 0],
  ["a reference to nothing", { $ref: "#/$defs/none" }, 0],
  ["a constant", { const: [[1]] }, 1],
  ["a choice of constants", { enum: ["a", [1]] }, 0],
  ["anything", {}, 2],
  ["a property that is anything", object({ xs: {} }), 2],
  ["a property that is true", object({ xs: true }), 2],
  ["a tensor", object({ x: { type: "tensor", format: "numpy-array" } }), 1],
  ["a tensor with as many dimensions", object({ x: { type: "tensor", shape: [-1, 64] } }), 1],
  ["a table", { type: "dataframe", orient: "records" }, 0],
  ["bytes", object({ b: { type: "string", "x-bento-type": "bytes" } }), 0],
])("%s may hold one", (_name, document, dimension) => {
  expect(mayHoldArray(document, dimension)).toBe(true);
});

test.each<[string, JsonSchema, dimension: number]>([
  ["a text", text, 0],
  ["a number or null", { type: ["number", "null"] }, 0],
  ["an object of texts", object({ a: text, b: { type: "boolean" } }), 0],
  ["an empty object", object({}), 0],
  ["an object with an array further down", object({ deep: object({ xs: array }) }), 0],
  ["an array with too few dimensions", array, 1],
  ["an array in an object with too few dimensions", object({ xs: array }), 1],
  ["an array of objects with arrays", { type: "array", items: object({ xs: array }) }, 1],
  ["a closed tuple of texts", { type: "array", prefixItems: [text], items: false }, 1],
  ["a record of texts", { type: "object", additionalProperties: text }, 0],
  ["a closed object", object({ a: text }, { additionalProperties: false }), 0],
  ["one of several texts", { anyOf: [text, { oneOf: [object({ a: text })] }] }, 0],
  ["a reference to itself", { anyOf: [{ $ref: "#" }, text] }, 0],
  ["a recursive object", object({ next: { $ref: "#" } }), 0],
  ["a constant text", { const: "x" }, 0],
  ["a choice of texts", { enum: ["a", "b"] }, 0],
  ["a constant that is too flat", { const: [1] }, 1],
  ["what is never", object({ xs: false }), 0],
  ["a tensor with fewer dimensions", object({ x: { type: "tensor", shape: [-1, 64] } }), 2],
  ["a scalar", { type: "tensor", shape: [] }, 0],
  ["a table along its columns", { type: "dataframe" }, 1],
  ["a file", object({ f: { type: "file", format: "binary" } }), 0],
  ["a stream of values", { type: "array", items: {}, "x-bento-stream": true }, 0],
])("%s holds none", (_name, document, dimension) => {
  expect(mayHoldArray(document, dimension)).toBe(false);
});

test("what an array may be found in may hold one too, and ends whatever refers to what", () => {
  const names = fc.constantFrom("a", "b", "c");
  const schema = fc.letrec<{ node: object }>((tie) => ({
    node: fc.oneof(
      { depthSize: "small" },
      fc.constant(text),
      fc.constant(array),
      names.map((name) => ({ $ref: `#/$defs/${name}` })),
      fc.record({ type: fc.constant("array"), items: tie("node") }),
      fc.record({ type: fc.constant("object"), properties: fc.dictionary(names, tie("node")) }),
      fc.record({ anyOf: fc.array(tie("node"), { maxLength: 3 }) }),
    ),
  })).node;
  fc.assert(
    fc.property(schema, fc.dictionary(names, schema), fc.nat(3), (node, $defs, dimension) => {
      const holds = mayHoldArray({ ...node, $defs }, dimension);
      expect(mayHoldArray({ anyOf: [text, node], $defs }, dimension)).toBe(holds);
      // Whoever has an array of some dimensions has one of fewer.
      if (holds && dimension > 0) expect(mayHoldArray({ ...node, $defs }, dimension - 1)).toBe(true);
    }),
  );
});

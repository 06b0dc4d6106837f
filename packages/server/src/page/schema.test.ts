import { expect, test } from "vitest";

import { choiceOf, describe, kindOf, resolve } from "./schema.js";

const root = {
  $defs: {
    Pair: { type: "object", properties: { a: { type: "integer" } }, required: ["a"] },
    Tree: { anyOf: [{ $ref: "#/$defs/Tree" }, { type: "null" }] },
    "a/b": { type: "boolean" },
  },
};

test.each([
  [{ type: "tensor", dtype: "float32", shape: [-1, 4], "x-bento-shape": ["n", 4] }, "float32 [n, 4]"],
  [{ type: "tensor", shape: [-1] }, "tensor [any]"],
  [{ type: "file", format: "image", pil: true, "x-bento-formats": ["png"] }, "image: png"],
  [{ type: "file", format: "application", content_type: "application/pdf" }, "PDF"],
  [{ type: "file", format: "audio", content_type: "audio/*" }, "audio file"],
  [{ type: "file", format: "audio", content_type: "audio/mp3" }, "audio/mp3"],
  [{ type: "file", format: "binary", "x-bento-stream": true }, "stream of bytes"],
  [{ type: "array", items: { type: "integer" }, "x-bento-stream": true }, "stream of integer"],
  [{ type: ["string", "null"] }, "text or null"],
  [{ type: "array", items: { anyOf: [{ type: "string" }, { type: "number" }] } }, "list of (text or number)"],
  [{ type: "dataframe" }, "table"],
  [{ $ref: "#/$defs/Pair" }, "object"],
  [{ enum: ["a", "b"] }, "one of 2"],
  [{}, "any JSON"],
])("%j in words", (schema, words) => {
  expect(describe(schema, root)).toBe(words);
});

test("references and unions are followed, and come to an end", () => {
  expect(choiceOf({ $ref: "#/$defs/Tree" }, root).isNullable).toBe(true);
  expect(resolve({ $ref: "#/$defs/a~1b", description: "own" }, root)).toEqual({ type: "boolean", description: "own" });
  expect(resolve({ $ref: "#/$defs/none" }, root)).toEqual({});
  expect(resolve({ $ref: "#/__proto__/constructor" }, root)).toEqual({});
  const both = { allOf: [{ $ref: "#/$defs/Pair" }, { properties: { b: {} }, required: ["b"] }] };
  expect(resolve(both, root)).toMatchObject({ properties: { a: {}, b: {} }, required: ["a", "b"] });
});

test("Python's schemas are of the same kinds", () => {
  expect(kindOf({ type: "string", format: "binary" })).toBe("bytes");
  expect(kindOf({ type: "string", format: "date-time" })).toBe("date");
  expect(kindOf({ type: "object" })).toBe("record");
  expect(kindOf({ type: "array", prefixItems: [{}], items: {} })).toBe("tuple");
});

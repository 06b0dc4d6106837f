import type { JsonSchema } from "@bento/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { inputText, shapeText } from "./shape-text.js";
import { SchemaView } from "./shapes.js";

test.each<[JsonSchema, string, readonly string[]]>([
  [{}, "any", ["any"]],
  [{ type: "string" }, "text", ["text"]],
  [{ type: "string", format: "date-time" }, "date-time", ["text"]],
  [{ type: "string", format: "binary" }, "bytes", ["bytes"]],
  [{ type: "string", contentEncoding: "base64" }, "bytes", ["bytes"]],
  [{ type: "boolean" }, "true|false", ["boolean"]],
  [{ type: ["string", "null"] }, "text|null", ["text", "null"]],
  [{ enum: ["red", "blue"] }, '"red"|"blue"', ["text"]],
  [{ const: 1 }, "1", ["number"]],
  [{ enum: [1, 2, 3, 4, 5, 6] }, "1|2|3|4|5|...", ["number"]],
  [{ anyOf: [{ type: "integer" }, { type: "string" }] }, "integer|text", ["number", "text"]],
  [{ oneOf: [{ $ref: "#/$defs/A" }, { type: "null" }], $defs: { A: { type: "object" } } }, "object|null", ["object", "null"]],
  [{ type: "array" }, "list", ["list"]],
  [{ type: "array", items: { type: "array", items: { type: "number" } } }, "list of list of number", ["list"]],
  [{ type: "tensor", format: "numpy-array" }, "tensor", ["list", "number"]],
  [{ type: "tensor", dtype: "float32", shape: [-1, 64] }, "tensor float32[?,64]", ["list", "number"]],
  [{ type: "tensor", dtype: "float32", shape: [-1, 64], "x-bento-shape": ["n", 64] }, "tensor float32[n,64]", ["list", "number"]],
  [{ type: "file", format: "binary" }, "file", ["file"]],
  [{ type: "file", format: "audio", content_type: "audio/mp3" }, "audio/mp3 file", ["file"]],
  [{ type: "file", format: "image", pil: true }, "image file", ["file"]],
  [{ type: "file", format: "binary", "x-bento-stream": true }, "stream of bytes", ["file"]],
  [{ type: "dataframe", orient: "records" }, "table", ["list", "object"]],
  [{ $ref: "#/$defs/Nowhere" }, "any", ["any"]],
  [{ type: "unheard-of" }, "unheard-of", ["any"]],
])("%j is %s", (schema, text, shapes) => {
  const view = new SchemaView(schema);
  expect(shapeText(view)).toBe(text);
  expect([...view.shapes()]).toEqual(shapes);
});

test("an input is shown as it is written", () => {
  const input = { type: "object", properties: { a: { type: "string" }, b: { type: "integer" } }, required: ["a"] };
  expect(inputText(new SchemaView(input))).toBe("--a <text> [--b <integer>]");
  expect(inputText(new SchemaView({ type: "string", root_input: true }))).toBe("<text>");
  expect(inputText(new SchemaView({ ...input, root_input: true }))).toBe("--a <text> [--b <integer>]");
});

test("a schema that contains itself, many times, ends", () => {
  const many = Array.from({ length: 100 }, () => ({ $ref: "#/$defs/A" }));
  const view = new SchemaView({
    $ref: "#/$defs/A",
    $defs: { A: { anyOf: [...many, { type: "array", items: { $ref: "#/$defs/A" } }, { type: "null" }] } },
  });
  expect([...view.shapes()]).toEqual(["list", "null"]);
  expect(shapeText(view).length).toBeLessThan(200);
});

test("whatever a service says of its input can be shown", () => {
  const part = fc.oneof(fc.constantFrom("string", "array", "object", "tensor", "file", "#/$defs/A", "A"), fc.jsonValue({ maxDepth: 2 }));
  const { schema } = fc.letrec<{ schema: JsonSchema }>((tie) => ({
    schema: fc.dictionary(
      fc.constantFrom("type", "anyOf", "items", "properties", "$ref", "$defs", "enum", "shape", "required", "__proto__"),
      fc.oneof({ maxDepth: 4 }, part, tie("schema"), fc.array(tie("schema"), { maxLength: 3 })),
    ) as fc.Arbitrary<JsonSchema>,
  }));
  fc.assert(
    fc.property(schema, (given) => {
      const view = new SchemaView(given);
      expect(typeof inputText(view)).toBe("string");
      expect(typeof shapeText(view)).toBe("string");
      expect(view.shapes()).toBeInstanceOf(Set);
    }),
  );
});

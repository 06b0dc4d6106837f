import { expect, test } from "vitest";

import { exampleOf } from "./make-input.js";

test.each([
  [{ type: "integer", minimum: 5 }, 5],
  [{ type: "number", exclusiveMaximum: 0 }, -1],
  [{ type: "integer", examples: [7] }, 7],
  [{ type: "string", default: "given" }, "given"],
  [{ enum: ["a", "b"] }, "a"],
  [{ const: 3 }, 3],
  [
    { type: "object", properties: { a: { type: "boolean" }, b: { type: "array", items: { type: "string" } } } },
    { a: true, b: ["text"] },
  ],
  [{ type: "object", additionalProperties: { type: "integer" } }, { name: 1 }],
  [{ type: "array", prefixItems: [{ type: "integer" }, { type: "string" }] }, [1, "text"]],
  [{ anyOf: [{ type: "null" }, { type: "integer" }] }, 1],
  [{ type: "null" }, null],
])("an example of %j", (schema, example) => {
  expect(exampleOf(schema, schema)).toEqual(example);
});

test("an example of what contains itself comes to an end", () => {
  const root = { $defs: { Tree: { type: "object", properties: { left: { $ref: "#/$defs/Tree" } } } } };
  expect(JSON.stringify(exampleOf({ $ref: "#/$defs/Tree" }, root)).length).toBeLessThan(200);
});

import type { JsonSchema } from "@bento/core";
import { expect, test } from "vitest";
import { sampleValue } from "./sample-value.js";
import { SchemaView } from "./shapes.js";

test.each<[JsonSchema, string]>([
  [{ type: "string" }, "text"],
  [{ type: "string", format: "date-time" }, "2026-01-31T12:00:00Z"],
  [{ type: "string", format: "unheard-of" }, "text"],
  [{ type: "string", format: "binary" }, "@./data.bin"],
  [{ type: "integer" }, "1"],
  [{ type: "number", default: 2.5 }, "2.5"],
  [{ type: "boolean" }, "true"],
  [{ enum: ["happy", "sad"] }, "happy"],
  [{ const: 7 }, "7"],
  [{ anyOf: [{ type: "null" }, { type: "integer" }] }, "1"],
  [{ type: "array", items: { type: "string" } }, '["text"]'],
  [{ type: "array", items: { type: "array", items: { type: "number" } } }, "[[0.5]]"],
  [{ type: "array", items: { type: "file" } }, "@./file"],
  [{ type: "array" }, "[1, 2]"],
  [{ type: "array", items: {}, "x-bento-stream": true }, "@./items.jsonl"],
  [{ type: "file", "x-bento-stream": true }, "@./data.bin"],
  [{ type: "file", format: "image" }, "@./picture.png"],
  [{ type: "file", content_type: "audio/wav" }, "@./file.wav"],
  [{ type: "file", content_type: "text/plain" }, "@./file.txt"],
  [{ type: "tensor", shape: [-1, 2] }, "[[0,0]]"],
  [{ type: "tensor" }, "[0,0]"],
  [{ type: "tensor", shape: [-1, 1e9] }, "@./values.json"],
  [{ type: "dataframe", orient: "records", columns: ["x"] }, '[{"x":1}]'],
  [{ type: "dataframe", orient: "columns" }, '{"a":[1],"b":[1]}'],
  [{ type: "object" }, "{}"],
  [{}, "text"],
  [{ $ref: "#/$defs/A", $defs: { A: { anyOf: [{ $ref: "#/$defs/A" }] } } }, "text"],
])("of %j is %s", (schema, sample) => {
  expect(sampleValue(new SchemaView(schema))).toBe(sample);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { tidy } from "./tidy.js";

test("every array has an object of items, and nothing else changes", () => {
  const schema = fc.letrec<{ node: object }>((tie) => ({
    node: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constant({ type: "string" }),
      fc.record({ type: fc.constant("array"), items: fc.option(fc.oneof(tie("node"), fc.constant(false)), { nil: undefined }) }),
      fc.record({ type: fc.constant("array"), prefixItems: fc.array(tie("node"), { maxLength: 3 }), items: fc.constant(false) }),
      fc.record({
        type: fc.constant("object"),
        properties: fc.dictionary(fc.constantFrom("a", "items", "$ref", "default", "type"), tie("node")),
      }),
      fc.record({ anyOf: fc.array(tie("node"), { maxLength: 3 }) }),
      fc.record({ default: fc.constant({ type: "array" }) }),
    ),
  })).node;
  fc.assert(
    fc.property(schema, (document) => {
      const tidied = tidy(document as Record<string, unknown>);
      expect(arraysWithoutItems(tidied)).toEqual([]);
      expect(tidy(tidied)).toEqual(tidied);
    }),
  );
});

test("references of any converter end as definitions of the root", () => {
  const tidied = tidy({
    $schema: "https://json-schema.org/draft/2019-09/schema#",
    type: "object",
    properties: {
      "a/b": { type: "array", items: [{ type: "string" }], additionalItems: { $ref: "#/properties/a~1b" } },
      again: { $ref: "#/properties/a~1b" },
      root: { $ref: "#" },
      named: { $ref: "#/definitions/Some%20Name" },
      twin: { $ref: "#/$defs/Some_Name" },
    },
    definitions: { "Some Name": { type: "object", properties: { me: { $ref: "#/definitions/Some%20Name" } } } },
    $defs: { Some_Name: { type: "number" }, unused: {} },
  });
  expect(tidied).toEqual({
    type: "object",
    properties: {
      "a/b": { type: "array", prefixItems: [{ type: "string" }], items: { $ref: "#/$defs/a_b" } },
      again: { $ref: "#/$defs/a_b" },
      root: { $ref: "#" },
      named: { $ref: "#/$defs/Some_Name" },
      twin: { $ref: "#/$defs/Some_Name_2" },
    },
    $defs: {
      a_b: { type: "array", prefixItems: [{ type: "string" }], items: { $ref: "#/$defs/a_b" } },
      Some_Name: { type: "object", properties: { me: { $ref: "#/$defs/Some_Name" } } },
      Some_Name_2: { type: "number" },
    },
  });
});

test("a closed tuple says so by its length", () => {
  expect(tidy({ type: "array", prefixItems: [{}, {}], items: false })).toEqual({
    type: "array",
    prefixItems: [{}, {}],
    items: {},
    maxItems: 2,
  });
  expect(tidy({ type: ["array", "null"], items: false })).toEqual({ type: ["array", "null"], items: {}, maxItems: 0 });
});

/** Paths of arrays whose `items` is no object, looking only where schemas stand. */
function arraysWithoutItems(node: unknown, path = "#"): readonly string[] {
  if (typeof node !== "object" || node === null) return [];
  const schema = node as Record<string, unknown>;
  const own = schema["type"] === "array" && (typeof schema["items"] !== "object" || schema["items"] === null) ? [path] : [];
  const below = ["items", "additionalProperties"].flatMap((key) => arraysWithoutItems(schema[key], `${path}/${key}`));
  const lists = ["anyOf", "prefixItems"].flatMap((key) =>
    ((schema[key] ?? []) as unknown[]).flatMap((one) => arraysWithoutItems(one, `${path}/${key}`)),
  );
  const named = Object.values(schema["properties"] ?? {}).flatMap((one) => arraysWithoutItems(one, `${path}/properties`));
  return [...own, ...below, ...lists, ...named];
}

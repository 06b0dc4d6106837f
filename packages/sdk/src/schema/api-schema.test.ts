import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import * as mini from "zod/mini";
import { z as z3 } from "zod/v3";
import { type BentoIssue, reviverFor, type Schema } from "@bento/core";
import { apiSchema } from "./api-schema.js";
import { isObjectSchema, isSchema, libraryOf } from "./library.js";

const validate = (schema: Schema, value: unknown) => apiSchema(schema, "input").validate(value);
const input = (schema: Schema) => apiSchema(schema, "input").jsonSchema("input");
const output = (schema: Schema) => apiSchema(schema, "output").jsonSchema("output");

const libraries: readonly (readonly [string, Schema, string])[] = [
  ["zod 4", z.object({ list: z.array(z.object({ n: z.number() })) }), "zod 4"],
  ["zod/mini", mini.object({ list: mini.array(mini.object({ n: mini.number() })) }), "zod 4"],
  ["zod 3", z3.object({ list: z3.array(z3.object({ n: z3.number() })) }), "zod 3"],
  ["arktype, whose schemas are functions", type({ list: [{ n: "number" }, "[]"] }), "standard"],
  ["valibot, which offers no JSON Schema", v.object({ list: v.array(v.object({ n: v.number() })) }), "plain"],
];

describe.each(libraries)("%s", (_name, schema, library) => {
  test("is known by its structure", () => {
    expect(isSchema(schema)).toBe(true);
    expect(libraryOf(schema)).toBe(library);
  });

  test("validates synchronously, and says where and what", () => {
    expect(validate(schema, { list: [{ n: 1 }] })).toMatchObject({ value: { list: [{ n: 1 }] } });
    const result = validate(schema, { list: [{ n: 1 }, { n: "two" }] });
    expect(result).toEqual({ issues: [{ path: ["list", 1, "n"], message: expect.any(String), code: expect.any(String) }] });
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });

  test("documents itself, or as anything", async () => {
    const document = await input(schema);
    if (library === "plain") expect(document).toEqual({});
    else {
      expect(document).toMatchObject({
        type: "object",
        required: ["list"],
        properties: { list: { type: "array", items: { type: "object", properties: { n: { type: "number" } } } } },
      });
      expect(document).not.toHaveProperty("$schema");
    }
  });

  test("is an object of named properties where its document is", () => {
    expect(apiSchema(schema, "input").isObject).toBe(library !== "plain");
  });
});

test("the code of an issue is the library's own name for it", () => {
  const codeOf = (schema: Schema) => (validate(schema, 1) as { readonly issues: readonly BentoIssue[] }).issues[0]?.code;
  expect(codeOf(z.string())).toBe("invalid_type");
  expect(codeOf(z3.string())).toBe("invalid_type");
  expect(codeOf(type("string"))).toBe("domain");
  expect(codeOf(v.string())).toBe("string");
  expect(codeOf(z.any().refine(() => false))).toBe("custom");
});

test("an asynchronous schema answers with a promise", async () => {
  const result = validate(
    z.string().refine(async (text) => text !== "bad"),
    "bad",
  );
  expect(result).toBeInstanceOf(Promise);
  expect(await result).toMatchObject({ issues: [{ path: [], code: "custom" }] });
});

test.each([null, undefined, 1, "x", {}, () => 1, { "~standard": {} }])("%s is no schema", (value) => {
  expect(isSchema(value)).toBe(false);
});

interface Tree {
  readonly kids: readonly Tree[];
}

describe("isObject", () => {
  const recursive: z.ZodType<Tree> = z.lazy(() => z.object({ kids: z.array(recursive) }));
  const a = z.object({ a: z.string() });
  const a3 = z3.object({ a: z3.string() });

  test.each([
    ["object", a],
    ["strict object", z.strictObject({})],
    ["default", a.default({ a: "" })],
    ["optional", a.optional()],
    ["readonly", a.readonly()],
    ["catch", a.catch({ a: "" })],
    ["refinement", a.refine(() => true)],
    ["brand", a.brand("A")],
    ["transformed object", a.transform(() => 1)],
    ["recursive", recursive],
    ["zod 3 object", a3],
    ["zod 3 wrappers", a3.default({ a: "" }).readonly().brand("A")],
    ["zod 3 refinement", a3.refine(() => true)],
    ["zod 3 transform", a3.transform(() => 1)],
    ["zod 3 pipe", a3.pipe(z3.any())],
    ["zod 3 lazy", z3.lazy(() => a3)],
    ["arktype object", type({ a: "string" })],
  ])("holds for the input of %s", (_name, schema) => {
    expect(isObjectSchema(schema, "input")).toBe(true);
  });

  test.each([
    ["record", z.record(z.string(), z.number())],
    ["union of objects", z.union([a, z.object({ b: z.string() })])],
    ["discriminated union", z.discriminatedUnion("t", [z.object({ t: z.literal(1) }), z.object({ t: z.literal(2) })])],
    ["intersection", z.intersection(a, z.object({ b: z.string() }))],
    ["nullable", a.nullable()],
    ["array", z.array(a)],
    ["preprocess", z.preprocess((value) => value, a)],
    ["any", z.any()],
    ["zod 3 record", z3.record(z3.number())],
    ["zod 3 union", z3.union([a3, z3.object({})])],
    ["zod 3 preprocess", z3.preprocess((value) => value, a3)],
    ["arktype record", type("Record<string, number>")],
    ["arktype text", type("string")],
    ["valibot text", v.string()],
  ])("does not hold for the input of %s", (_name, schema) => {
    expect(isObjectSchema(schema, "input")).toBe(false);
  });

  test("looks at the side that is asked for", () => {
    expect(
      isObjectSchema(
        a.transform(() => 1),
        "output",
      ),
    ).toBe(false);
    expect(isObjectSchema(z.string().pipe(z.preprocess(() => ({ a: "" }), a)), "output")).toBe(true);
    expect(
      isObjectSchema(
        z3.preprocess((value) => value, a3),
        "output",
      ),
    ).toBe(true);
    expect(
      isObjectSchema(
        a3.transform(() => 1),
        "output",
      ),
    ).toBe(false);
    expect(isObjectSchema(a3.pipe(z3.any()), "output")).toBe(false);
  });
});

describe("the JSON Schema", () => {
  test("of an input leaves defaults out of what is required, that of an output requires them", async () => {
    const schema = z.object({ a: z.number(), b: z.number().default(2) });
    expect((await input(schema))["required"]).toEqual(["a"]);
    expect((await output(schema))["required"]).toEqual(["a", "b"]);
  });

  test("of a transformed schema is that of the side", async () => {
    const schema = z
      .string()
      .transform((text) => text.length)
      .pipe(z.number());
    expect(await input(schema)).toEqual({ type: "string" });
    expect(await output(schema)).toEqual({ type: "number" });
    const old = z3.string().pipe(z3.coerce.number());
    expect(await input(old)).toEqual({ type: "string" });
    expect(await output(old)).toEqual({ type: "number" });
  });

  test.each([
    ["zod 4", z.object({ when: z.date(), maybe: z.date().nullable(), big: z.bigint().optional(), text: z.iso.datetime() })],
    ["zod 3", z3.object({ when: z3.date(), maybe: z3.date().nullable(), big: z3.bigint().optional(), text: z3.string().datetime() })],
  ])("of %s names dates and bigints so that they come back as such", async (_name, schema) => {
    const document = await input(schema);
    const revive = reviverFor(document);
    const date = new Date("2026-01-02T03:04:05.006Z");
    const iso = date.toISOString();
    expect(revive?.({ when: iso, maybe: iso, big: 7, text: iso })).toEqual({ when: date, maybe: date, big: 7n, text: iso });
    expect(revive?.({ when: iso, maybe: null, text: iso })).toEqual({ when: date, maybe: null, text: iso });
    expect(document["properties"]).toMatchObject({
      when: { type: "string", format: "date-time" },
      big: { type: "integer", format: "int64" },
    });
  });

  test.each([
    ["zod 4", z.tuple([z.string(), z.number()])],
    ["zod 3", z3.tuple([z3.string(), z3.number()])],
    ["arktype", type(["string", "number"])],
  ])("of a closed tuple of %s has items, as every array", async (_name, schema) => {
    expect(await input(schema)).toEqual({
      type: "array",
      prefixItems: [{ type: "string" }, { type: "number" }],
      items: {},
      minItems: 2,
      maxItems: 2,
    });
  });

  test.each([
    ["zod 4", z.tuple([z.string()]).rest(z.number())],
    ["zod 3", z3.tuple([z3.string()]).rest(z3.number())],
  ])("of an open tuple of %s keeps its rest", async (_name, schema) => {
    expect(await input(schema)).toMatchObject({ type: "array", prefixItems: [{ type: "string" }], items: { type: "number" } });
  });

  test("has items below everything that looks like a keyword", async () => {
    const schema = z.object({
      items: z.array(z.unknown()),
      type: z.literal("array"),
      default: z.array(z.any()),
      maybe: z.array(z.any()).nullable(),
    });
    expect(await input(schema)).toMatchObject({
      properties: {
        items: { type: "array", items: {} },
        type: { const: "array" },
        default: { type: "array", items: {} },
      },
    });
  });

  test("of what has no JSON form is anything", async () => {
    expect(await input(z.object({ f: z.custom<() => void>() }))).toMatchObject({ properties: { f: {} } });
  });

  const node = z.object({
    value: z.number(),
    get next() {
      return node.optional();
    },
  });
  const node3: z3.ZodType = z3.object({ value: z3.number(), next: z3.lazy(() => node3).optional() });

  test.each([
    ["zod 4", node],
    ["zod 3", node3],
  ])("of a recursive %s schema refers to the root", async (_name, schema) => {
    expect(await input(schema)).toMatchObject({
      type: "object",
      properties: { value: { type: "number" }, next: { $ref: "#" } },
    });
  });

  test.each([
    ["zod 4", z.object({ first: node, second: node })],
    ["zod 3", z3.object({ first: node3, second: node3 })],
  ])("of a recursive %s schema within another refers to a definition", async (_name, schema) => {
    const document = await input(schema);
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"(.*?)"/g)].map(([, ref]) => ref ?? "");
    expect(refs.length).toBeGreaterThan(0);
    for (const ref of refs) {
      expect(ref).toMatch(/^#\/\$defs\/[\w.-]+$/);
      expect(document["$defs"]).toHaveProperty([ref.slice("#/$defs/".length)]);
    }
    expect(document).toMatchObject({ type: "object", properties: { first: {}, second: {} } });
  });

  test("of a zod 4 that does not convert by itself comes from its package", async () => {
    const schema = z.object({ when: z.date(), tree: node });
    const { validate: check } = schema["~standard"];
    const old = Object.create(schema, { "~standard": { value: { version: 1, vendor: "zod", validate: check } } }) as Schema;
    expect(await input(old)).toEqual(await input(schema));
  });

  test("of a library that knows an older draft only is brought up to date", async () => {
    const jsonSchema = ({ target }: { target: string }) => {
      if (target !== "draft-07") throw new Error(`no ${target}`);
      return { type: "object", properties: { pair: { type: "array", items: [{ $ref: "#/definitions/x" }] } }, definitions: { x: {} } };
    };
    const { validate: check } = v.any()["~standard"];
    const schema = {
      "~standard": { version: 1, vendor: "old", validate: check, jsonSchema: { input: jsonSchema, output: jsonSchema } },
    } as Schema;
    expect(isObjectSchema(schema, "input")).toBe(true);
    expect(await input(schema)).toEqual({
      type: "object",
      properties: { pair: { type: "array", prefixItems: [{ $ref: "#/$defs/x" }], items: {} } },
      $defs: { x: {} },
    });
  });

  test("is made once", () => {
    const schema = apiSchema(node, "input");
    expect(schema.jsonSchema("input")).toBe(schema.jsonSchema("input"));
  });

  test("that a library cannot write is an error that names the library", async () => {
    const twice = z.object({ a: z.string().meta({ id: "same" }), b: z.number().meta({ id: "same" }) });
    await expect(input(twice)).rejects.toMatchObject({
      code: "BENTO_SERVICE_INVALID",
      message: expect.stringMatching(/zod .*JSON Schema: .*same/) as string,
    });
  });
});

import { DataFrame, type JsonSchema, type Schema, Tensor } from "@bento/core";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { audio, byteStream, bytes, dataframe, file, image, jsonLines, pdf, tensor, video } from "../kinds.js";
import { apiSchema } from "../schema/api-schema.js";
import { earlyDocument } from "../schema/early-document.js";

const document = (schema: Schema, side: "input" | "output" = "input") => apiSchema(schema, side).jsonSchema(side);

const kinds: readonly (readonly [string, z.ZodType, JsonSchema])[] = [
  ["any tensor", tensor(), { type: "tensor", format: "numpy-array" }],
  ["a tensor of a dtype", tensor("int64"), { type: "tensor", format: "numpy-array", dtype: "int64" }],
  ["a tensor of a shape", tensor("float32", [2, 2]), { type: "tensor", format: "numpy-array", dtype: "float32", shape: [2, 2], dim: 4 }],
  ["a scalar", tensor("bool", []), { type: "tensor", format: "numpy-array", dtype: "bool", shape: [], dim: 1 }],
  ["a tensor of any length", tensor("uint8", [-1, 3]), { type: "tensor", format: "numpy-array", dtype: "uint8", shape: [-1, 3] }],
  [
    "a tensor with a named dimension",
    tensor("float32", ["n", 64]),
    { type: "tensor", format: "numpy-array", dtype: "float32", shape: [-1, 64], "x-bento-shape": ["n", 64] },
  ],
  ["any file", file(), { type: "file", format: "binary" }],
  ["a file of a type", file("application/zip"), { type: "file", format: "application", content_type: "application/zip" }],
  [
    "a file with a limit that may be a URL",
    file(undefined, { maxBytes: 10, url: true }),
    { type: "file", format: "binary", "x-bento-max-bytes": 10, "x-bento-url": true },
  ],
  ["an image", image(), { type: "file", format: "image", pil: true }],
  [
    "an image of some formats",
    image({ formats: ["png", "jpeg"], maxPixels: 5 }),
    { type: "file", format: "image", pil: true, "x-bento-formats": ["png", "jpeg"] },
  ],
  ["a sound", audio(), { type: "file", format: "audio", content_type: "audio/*" }],
  ["a sound of a type", audio({ contentType: "audio/mp3" }), { type: "file", format: "audio", content_type: "audio/mp3" }],
  ["a film", video(), { type: "file", format: "video", content_type: "video/*" }],
  ["a PDF", pdf(), { type: "file", format: "application", content_type: "application/pdf" }],
  ["any table", dataframe(), { type: "dataframe", orient: "records" }],
  ["a table of columns", dataframe(["a", "b"]), { type: "dataframe", orient: "records", columns: ["a", "b"] }],
  [
    "a table of typed columns",
    dataframe({ a: "number", b: "date" }, { orient: "columns" }),
    { type: "dataframe", orient: "columns", columns: ["a", "b"], "x-bento-columns": { a: "number", b: "date" } },
  ],
  ["bytes", bytes(), { type: "string", contentEncoding: "base64", "x-bento-type": "bytes" }],
  ["bytes as Python writes them", bytes({ encoding: "utf-8" }), { type: "string", format: "binary", "x-bento-type": "bytes" }],
];

/** They are a whole input, and nothing else. */
const streams: readonly (readonly [string, z.ZodType, JsonSchema])[] = [
  [
    "a stream of values",
    jsonLines(z.object({ n: z.number() })),
    {
      type: "array",
      items: { type: "object", properties: { n: { type: "number" } }, required: ["n"] },
      "x-bento-stream": true,
    },
  ],
  ["a stream of bytes", byteStream(), { type: "file", format: "binary", "x-bento-stream": true }],
];

test.each([...kinds, ...streams])("%s is told of as BentoML does", async (_name, kind, expected) => {
  expect(withoutClosed(await document(kind))).toEqual(expected);
  for (const side of ["input", "output"] as const) {
    expect(withoutClosed(await apiSchema(kind, "input").jsonSchema(side))).toEqual(expected);
    expect(withoutClosed(earlyDocument(kind, side) as JsonSchema)).toEqual(expected);
  }
  expect(withoutClosed(z.toJSONSchema(kind, { unrepresentable: "throw" }) as JsonSchema)).toMatchObject(expected);
});

test.each(streams)("%s is the whole input or nothing", async (_name, kind) => {
  const refused = { code: "BENTO_SERVICE_INVALID", message: expect.stringContaining("stream") as string };
  await expect(document(kind, "output")).rejects.toMatchObject(refused);
  for (const within of [z.object({ a: kind }), z.array(kind), kind.nullable()])
    await expect(document(within)).rejects.toMatchObject(refused);
  expect(await document(kind.optional())).toHaveProperty("x-bento-stream", true);
});

describe.each(kinds)("%s", (_name, kind, expected) => {
  test.each(["input", "output"] as const)("keeps that wherever it stands: %s", async (side) => {
    const described = kind.describe("what it is").refine(() => true);
    const found = await document(
      z.object({
        own: kind,
        maybe: kind.optional(),
        none: kind.nullable(),
        many: z.array(kind),
        named: described,
        one: z.union([kind, z.number()]),
      }),
      side,
    );
    expect(withoutClosed(found)).toEqual({
      type: "object",
      required: ["own", "none", "many", "named", "one"],
      properties: {
        own: expected,
        maybe: expected,
        none: { anyOf: [expected, { type: "null" }] },
        many: { type: "array", items: expected },
        named: { ...expected, description: "what it is" },
        one: { anyOf: [expected, { type: "number" }] },
      },
    });
  });

  test("and by reference", async () => {
    const found = await document(z.object({ a: kind.meta({ id: "Shared" }) }));
    expect(withoutClosed(found)).toMatchObject({ properties: { a: { $ref: "#/$defs/Shared" } }, $defs: { Shared: expected } });
  });
});

test("a default is told, and not asked for", async () => {
  const schema = z.object({
    x: tensor("int64", [2]).default(Tensor.from([1n, 2n])),
    table: dataframe(["a"]).default(DataFrame.fromRecords([{ a: 1 }])),
  });
  expect(await document(schema)).toMatchObject({ properties: { x: { default: [1, 2] }, table: { default: [{ a: 1 }] } } });
  expect(await document(schema)).not.toHaveProperty("required");
});

test("a discriminated union keeps its kinds apart", async () => {
  const schema = z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("picture"), data: image() }),
    z.object({ kind: z.literal("numbers"), data: tensor("float32", ["n"]) }),
  ]);
  const found = (await document(schema)) as { readonly oneOf: readonly JsonSchema[] };
  expect(found.oneOf.map((each) => (each["properties"] as Record<string, JsonSchema>)["data"]?.["type"])).toEqual(["file", "tensor"]);
});

test.each<[string, () => unknown]>([
  ["dtype", () => tensor("float" as never)],
  ["dimension", () => tensor("float32", [-2])],
  ["dimension", () => tensor("float32", [""])],
  ["content type", () => file("zip")],
  ["maxBytes", () => pdf({ maxBytes: 0 })],
  ["maxPixels", () => image({ maxPixels: Number.NaN })],
  ["formats", () => image({ formats: [] })],
  ["orient", () => dataframe(undefined, { orient: "rows" as never })],
  ["column", () => dataframe({ a: "text" as never })],
])("a kind with an impossible %s is refused where it is written", (what, define) => {
  expect(define).toThrow(expect.objectContaining({ code: "BENTO_SERVICE_INVALID", message: expect.stringContaining(what) }));
});

/** What comes out of an object is closed, which is beside the point here. */
function withoutClosed(found: JsonSchema): JsonSchema {
  return JSON.parse(
    JSON.stringify(found, (key, value: unknown) => (key === "additionalProperties" || key === "$schema" ? undefined : value)),
  ) as JsonSchema;
}

import { type BentoError, type JsonSchema } from "@bento/core";
import { audio, file, image, pdf, video } from "@bento/sdk/kinds";
import { expect, test } from "vitest";
import { z } from "zod";

import { maxUrls, UrlFinder } from "./url-places.js";

const at = "https://example.com/a";
const url = file(undefined, { url: true });

/** Where URLs are found: paths, with dots. */
function places(schema: z.ZodType, value: unknown): string[] {
  return new UrlFinder(z.toJSONSchema(schema, { io: "input" }) as JsonSchema).find(value).map(({ path }) => path.join("."));
}

test.each([
  ["file", url],
  ["pdf", pdf({ url: true })],
  ["image", image({ url: true })],
  ["audio", audio({ url: true })],
  ["video", video({ url: true })],
])("a %s may be a URL", (_kind, kind) => {
  expect(places(kind, at)).toEqual([""]);
  expect(places(z.object({ one: kind, other: z.string() }), { one: at, other: at })).toEqual(["one"]);
  expect(places(z.object({ one: kind.optional() }), {})).toEqual([]);
  expect(places(kind, "data:text/plain,http://a")).toEqual([]);
});

test("URLs are found in lists, tuples, records and all that is nested", () => {
  const schema = z.object({
    list: z.array(url),
    pair: z.tuple([z.string(), url], url),
    record: z.record(z.string(), url),
    deep: z.array(z.object({ maybe: url.nullable().default(null) })),
    both: z.intersection(z.object({ a: url }), z.object({ b: url })),
  });
  const value = {
    list: [at, "data:,x", at],
    pair: [at, at, at],
    record: { ["__proto__"]: at, x: at, y: 1 },
    deep: [{ maybe: null }, { maybe: at }],
    both: { a: at, b: at },
    unknown: at,
  };
  expect(
    places(schema, JSON.parse(JSON.stringify({ ...value, record: 0 }).replace("0", `{"__proto__":"${at}","x":"${at}","y":1}`))),
  ).toEqual(["list.0", "list.2", "pair.1", "pair.2", "record.__proto__", "record.x", "deep.1.maybe", "both.a", "both.b"]);
});

test("schemas that hold themselves are followed as deep as a value goes", () => {
  const Tree = z.object({
    picture: url.optional(),
    get children() {
      return z.array(Tree).optional();
    },
  });
  expect(places(Tree, { children: [{ picture: at }, { children: [{ picture: at }] }] })).toEqual([
    "children.0.picture",
    "children.1.children.0.picture",
  ]);
  let deep: unknown = {};
  for (let depth = 0; depth < 100_000; depth += 1) deep = { children: [deep] };
  expect(() => places(Tree, deep)).toThrow(expect.objectContaining({ code: "BENTO_BAD_REQUEST" }));
});

test("of a union the first member counts that takes the text", () => {
  const found = (...members: readonly [z.ZodType, ...z.ZodType[]]): boolean => places(z.union(members), at).length === 1;
  expect(found(url, z.string())).toBe(true);
  expect(found(z.string(), url)).toBe(false);
  expect(found(z.unknown(), url)).toBe(false);
  expect(found(z.url(), url)).toBe(false);
  expect(found(z.iso.datetime(), z.number(), z.enum(["a"]), z.literal("b"), z.array(z.string()), url)).toBe(true);
  expect(found(z.enum([at]), url)).toBe(false);
  expect(found(z.literal(at), url)).toBe(false);
  expect(found(file(), url)).toBe(true);
});

test("of a discriminated union only the member counts that is meant", () => {
  const Either = z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("link"), value: z.string() }),
    z.object({ kind: z.enum(["picture", "sound"]), value: url }),
  ]);
  expect(places(Either, { kind: "link", value: at })).toEqual([]);
  expect(places(Either, { kind: "sound", value: at })).toEqual(["value"]);
  expect(places(z.array(Either), [{ kind: "picture", value: at }])).toEqual(["0.value"]);
});

test("a file that may be no URL is none", () => {
  expect(places(z.object({ one: file(), many: z.array(image()) }), { one: at, many: [at] })).toEqual([]);
});

test("what a schema says of the size goes along", () => {
  const finder = new UrlFinder(z.toJSONSchema(file(undefined, { url: true, maxBytes: 7 })) as JsonSchema);
  expect(finder.find(at)).toEqual([{ path: [], url: at, maxBytes: 7 }]);
});

test("a request may name 32 URLs", () => {
  const many = Array.from({ length: maxUrls + 1 }, () => at);
  expect(places(z.object({ files: z.array(url) }), { files: many.slice(1) })).toHaveLength(32);
  const failure = expect.objectContaining<Partial<BentoError>>({
    code: "BENTO_INPUT_INVALID",
    issues: [expect.objectContaining({ path: ["files", 32], code: "too_many" })],
  });
  expect(() => places(z.object({ files: z.array(url) }), { files: many })).toThrow(failure);
});

import { type JsonSchema, Tensor, toJson } from "@bento/core";
import { expect, test } from "vitest";
import { z } from "zod";

import { isOpen, withPlainArrays } from "./plain-arrays.js";

test.each<[unknown, string]>([
  [new Float32Array([1.5, 2]), "[1.5,2]"],
  [{ a: new Float64Array([1, Number.NaN]), b: [new Uint8Array([7]), Buffer.from([8])] }, '{"a":[1,null],"b":[[7],[8]]}'],
  [new BigInt64Array([1n, 2n ** 60n]), '[1,"1152921504606846976"]'],
  [[{ deep: { er: new Int8Array(1) } }], '[{"deep":{"er":[0]}}]'],
  [JSON.parse('{"__proto__": 1}') as object, '{"__proto__":1}'],
  [{ t: Tensor.from([1]), at: new Date(0), rows: [new Float32Array(1)] }, '{"t":[1],"at":"1970-01-01T00:00:00.000Z","rows":[[0]]}'],
  [null, "null"],
  [undefined, "null"],
  ["text", '"text"'],
])("%o is written as %s", (value, text) => {
  expect(toJson(withPlainArrays(value))).toBe(text);
});

test("what holds no typed array is the value itself, and so is what never ends", () => {
  const plain = { a: [1, { b: null }], at: new Date(), view: Tensor.from([1]) };
  expect(withPlainArrays(plain)).toBe(plain);
  const endless: { self?: unknown } = {};
  endless.self = endless;
  expect(withPlainArrays(endless)).toBe(endless);
});

test("a schema is open where it says nothing of a part", () => {
  const schemaOf = (type: z.ZodType) => z.toJSONSchema(type, { unrepresentable: "any", io: "input" }) as JsonSchema;
  const open = [
    z.any(),
    z.array(z.unknown()),
    z.object({ a: z.string(), b: z.instanceof(Float32Array) }),
    z.record(z.string(), z.any()),
    z.union([z.string(), z.object({ a: z.any() })]),
    z.tuple([z.string(), z.custom<Float32Array>()]),
  ];
  expect(open.map((type) => isOpen(schemaOf(type)))).toEqual(open.map(() => true));
  const tree = z.object({
    name: z.string(),
    get children() {
      return z.array(tree);
    },
  });
  const closed = [z.array(z.number()), tree, z.literal("a"), z.enum(["a", "b"]), z.record(z.string(), z.number()), z.null()];
  expect(closed.map((type) => isOpen(schemaOf(type)))).toEqual(closed.map(() => false));
});

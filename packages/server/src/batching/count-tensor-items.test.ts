import { encodeTensorBody, type JsonSchema, Tensor } from "@bento/core";
import fc from "fast-check";
import { expect, test } from "vitest";

import { makeTensorCounter } from "./count-tensor-items.js";

const tensor = { type: "tensor", dtype: "float32", shape: [-1, 2] };
const input = {
  type: "object",
  properties: { x: tensor, y: tensor, ids: { type: "array" }, key: { type: "string", "x-bento-type": "bytes" }, scale: { type: "number" } },
} as JsonSchema;
const rows = (n: number, width = 2) => new Tensor("float32", [n, width], new Float32Array(n * width));
const body = (value: unknown) => Buffer.concat(encodeTensorBody(value));
const count = (value: unknown, dim = 0, schema = input) => makeTensorCounter(schema, dim)?.(body(value));

test("tensors are counted by their shapes, and what is beside them has to be the same in all calls", () => {
  expect(count({ x: rows(3), y: rows(3) })).toEqual({ items: 3, rest: "" });
  expect(count({ x: rows(3), scale: 2 })).toEqual({ items: 3, rest: '"scale":2,' });
  expect(count({ x: rows(3), note: { a: "b" } })).toEqual({ items: 3, rest: '"note":{"a":"b"},' });
  expect(count({ x: rows(3, 5) }, 1)).toEqual({ items: 5, rest: "" });
  expect(count(rows(4), 0, tensor as JsonSchema)).toEqual({ items: 4, rest: "" });
  expect(count({ any: rows(4) }, 0, tensor as JsonSchema)).toEqual({ items: 4, rest: "" });
});

test.each([
  [{ x: rows(3), y: rows(2) }],
  [{ x: new Tensor("float32", [], new Float32Array(1)) }],
  [{ x: rows(3), weights: rows(3) }],
  [{ x: rows(3), config: { w: rows(3) } }],
  [{ x: rows(3), ids: [1, 2, 3] }],
  [{ x: rows(3), key: "AAAA" }],
  [[rows(1), rows(2)]],
])("only reading it tells of %j", (value) => {
  expect(count(value)).toBeUndefined();
});

test("an input without anything that holds items has no counter", () => {
  expect(makeTensorCounter({ type: "object", properties: { scale: { type: "number" } } }, 0)).toBeUndefined();
});

test("hostile bytes are not counted, and never fail", () => {
  const counter = makeTensorCounter(input, 0);
  const whole = body({ x: rows(3), scale: 2 });
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(whole.length), fc.uint8Array({ maxLength: 4 }), (at, end, bytes) => {
      const mutated = Buffer.from(whole);
      mutated.set(bytes.subarray(0, whole.length - at), at);
      const counted = counter?.(mutated.subarray(0, end));
      expect(counted === undefined || Number.isSafeInteger(counted.items)).toBe(true);
    }),
  );
});

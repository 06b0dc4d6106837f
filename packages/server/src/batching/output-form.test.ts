import { DataFrame, type JsonSchema, Tensor } from "@bento/core";
import { expect, test } from "vitest";

import { makeOutputForm } from "./output-form.js";

const pair = { type: "tensor", dtype: "float32", shape: [-1, 2], "x-bento-shape": ["n", 2] } as JsonSchema;
const sized = { type: "tensor", dtype: "int64", shape: [-1, 2] } as JsonSchema;
const table = { type: "dataframe", orient: "columns" } as JsonSchema;
const object = { type: "object", properties: { x: { anyOf: [pair, { type: "null" }] }, t: table, n: { type: "number" } } } as JsonSchema;

test("elements in one row become the tensor whose shape leaves no doubt of them", () => {
  const form = makeOutputForm(pair);
  expect(form?.(Float32Array.of(1, 2, 3, 4))).toEqual(
    Tensor.from(
      [
        [1, 2],
        [3, 4],
      ],
      "float32",
    ),
  );
  expect(makeOutputForm(sized)?.([1, "2", 3n, 4])).toEqual(
    Tensor.from([
      [1n, 2n],
      [3n, 4n],
    ]),
  );
  expect(makeOutputForm(object)?.({ x: Float32Array.of(1, 2), n: 1 })).toEqual({ x: Tensor.from([[1, 2]], "float32"), n: 1 });
});

test("a table among other properties is one, also as an object of columns", () => {
  const formed = makeOutputForm(object)?.({ t: { a: [1, 2] } }) as { t: DataFrame };
  expect([DataFrame.isDataFrame(formed.t), formed.t.length]).toEqual([true, 2]);
});

test.each<[JsonSchema, unknown]>([
  [pair, [[1, 2]]],
  [pair, [[1, 2], new Error("unlucky")]],
  [pair, [new Error("unlucky")]],
  [pair, Tensor.from([[1, 2]], "float32")],
  [pair, Float32Array.of(1, 2, 3)],
  [pair, Float64Array.of(1, 2)],
  [sized, [1, new Error("unlucky")]],
  [sized, []],
  [object, { x: [[1, 2]], t: [{ a: 1 }] }],
  [object, { x: null, t: { a: [1], b: [1, 2] } }],
  [object, "text"],
])("of %j, %j is left as it is", (schema, output) => {
  expect(makeOutputForm(schema)?.(output)).toBe(output);
});

test("an output that has one form only needs nothing", () => {
  const flat = { type: "tensor", shape: [-1] } as JsonSchema;
  expect([{}, flat, { type: "tensor" }, table, { type: "array", items: pair }].map(makeOutputForm)).toEqual(Array.from({ length: 5 }));
});

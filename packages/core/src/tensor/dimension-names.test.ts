import { expect, test } from "vitest";
import { DimensionNames } from "./dimension-names.js";

test("the first tensor with a name says its size, the others must agree", () => {
  const names = new DimensionNames();
  expect(names.bind(["n", 3], [5, 3], ["points"])).toBeUndefined();
  expect(names.sizeOf("n")).toBe(5);
  expect(names.bind(["n"], [5], ["labels"])).toBeUndefined();
  expect(names.bind(["m", "n"], [2, 4], ["weights", 0])).toEqual({
    path: ["weights", 0],
    message: 'Dimension "n" is 4 in dimension 1 of weights.0, but 5 in dimension 0 of points.',
    code: "shape_mismatch",
  });
});

test("a tensor that does not fit binds nothing", () => {
  const names = new DimensionNames();
  expect(names.bind(["m", 3], [2, 4])).toMatchObject({ message: 'A tensor of shape ["m", 3] is due here, not one of [2, 4].' });
  expect(names.bind(["m", "m"], [2, 4])).toMatchObject({ message: 'Dimension "m" is 4 in dimension 1, but 2 in dimension 0.' });
  expect(names.sizeOf("m")).toBeUndefined();
});

test("-1 is any size, and there are as many dimensions as are due", () => {
  const names = new DimensionNames();
  expect(names.bind([-1, 2], [7, 2])).toBeUndefined();
  expect(names.bind([-1, -1], [1, 2])).toBeUndefined();
  expect(names.bind([], [])).toBeUndefined();
  expect(names.bind([-1, 2], [7, 2, 1])?.code).toBe("shape_mismatch");
  expect(names.bind([-1, 2], [2])?.code).toBe("shape_mismatch");
});

test("a name is any text", () => {
  const names = new DimensionNames();
  expect(names.bind(["__proto__", "constructor"], [1, 2])).toBeUndefined();
  expect([names.sizeOf("__proto__"), names.sizeOf("constructor"), names.sizeOf("toString")]).toEqual([1, 2, undefined]);
});

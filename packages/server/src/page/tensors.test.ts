import { expect, test } from "vitest";

import { exampleTensor, shapeOfLists, tensorText } from "./tensors.js";

test("an example has the sizes that were asked for, and elements of its dtype", () => {
  const shape = [2, 3, 1];
  for (const fill of ["counting", "zeros", "ones", "random"] as const) {
    for (const dtype of ["float32", "int64", "uint8", "bool", undefined]) {
      const value: unknown = JSON.parse(exampleTensor(dtype, shape, fill));
      expect(shapeOfLists(value)).toEqual(shape);
      for (const element of (value as unknown[][][]).flat(2)) {
        expect(typeof element).toBe(dtype === "bool" ? "boolean" : "number");
        if (dtype === "int64" || dtype === "uint8") expect(Number.isInteger(element)).toBe(true);
      }
    }
  }
  expect(exampleTensor("int8", [])).toBe("1");
  expect(exampleTensor("float32", [2, 2])).toBe("[[0.1, 0.2],\n [0.3, 0.4]]");
});

test("a small tensor is shown whole and aligned, a large one by its edges", () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [7, "7"],
    [[], "[]"],
    [[1, 22.123456789], "[       1  22.12346]"],
    [[[1n, 2n]], "[[1  2]]"],
    [Array.from({ length: 2000 }, (_, n) => n % 10), "[0  1  2  …  7  8  9]"],
  ];
  for (const [value, text] of cases) expect(tensorText(value)).toBe(text);
  const large = Array.from({ length: 300 }, () => [1, 2, 3, 4]);
  expect(tensorText(large).split("\n")).toHaveLength(7);
  // Ragged lists and nothing at all must not fail.
  expect(tensorText([[1], [2, 3], null])).toBe("[[   1]\n [   2     3]\n null]");
});

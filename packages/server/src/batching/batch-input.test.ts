import { BentoError } from "@bento/core";
import { expect, test } from "vitest";

import { mayJoin, readBatchInput } from "./batch-input.js";

function refusalOf(value: unknown, dim = 0): BentoError<"BENTO_INPUT_INVALID"> {
  try {
    readBatchInput(value, dim);
  } catch (error) {
    if (BentoError.is(error, "BENTO_INPUT_INVALID")) return error;
    throw error;
  }
  throw new Error("It was not refused.");
}

test.each([
  ["a root array", [1, 2, 3], 0, 3],
  ["no items", [], 0, 0],
  ["a typed array", new Float32Array(4), 0, 4],
  ["a Buffer", Buffer.alloc(5), 0, 5],
  ["an object", { images: [[1], [2]], labels: ["a", "b"], top: 3 }, 0, 2],
  ["an object of typed arrays", { ids: new BigInt64Array(2), rows: [new Float32Array(3), new Float32Array(3)] }, 0, 2],
  [
    "a second dimension",
    {
      x: [
        [1, 2, 3],
        [4, 5, 6],
      ],
    },
    1,
    3,
  ],
  ["a second dimension of typed arrays", [new Float32Array(7), new Float32Array(7)], 1, 7],
  ["a third dimension", [[[1, 2]], [[3, 4]]], 2, 2],
  ["a second dimension without rows", [], 1, 0],
])("%s is counted", (_, value, dim, items) => {
  expect(readBatchInput(value, dim)).toMatchObject({ items, dim });
});

test("arrays of different lengths are refused with both lengths", () => {
  const error = refusalOf({ images: [1, 2, 3], labels: ["a", "b"] });
  expect(error.message).toBe(`The input's arrays do not belong together: "images" holds 3 items but "labels" holds 2.`);
  expect(error.issues).toEqual([{ path: ["labels"], message: `"images" holds 3 items but "labels" holds 2`, code: "custom" }]);
});

test("ragged rows are refused with both lengths", () => {
  expect(refusalOf({ x: [[1, 2], [3]] }, 1).message).toContain(`"x" is ragged along dimension 1: a row of 2 and one of 1`);
  expect(refusalOf([[[1], [2, 3]]], 2).message).toContain("The array is ragged");
});

test("an array without the dimension is refused with its number", () => {
  expect(refusalOf({ x: [1, 2] }, 1).message).toContain(`"x" has no dimension 1`);
  expect(refusalOf([[1], [2]], 2).message).toContain("The array has no dimension 2");
  expect(refusalOf(new Float32Array(2), 1).message).toContain("has no dimension 1");
});

test.each([[7], ["text"], [null], [undefined], [{ top: 3 }], [{}], [new Date(0)], [new DataView(new ArrayBuffer(1))]])(
  "%o has no items",
  (value) => {
    expect(refusalOf(value).message).toContain("there is no array of items");
  },
);

const pairs: [string, unknown, unknown, boolean][] = [
  ["root arrays", [1], [2, 3], true],
  ["an empty one with another", [], [2, 3], true],
  ["kinds of typed arrays", new Float32Array(1), new Float64Array(1), false],
  ["a typed array and a plain one", new Float32Array(1), [1], false],
  ["a Buffer and a Uint8Array", Buffer.alloc(1), new Uint8Array(1), true],
  ["an array and an object", [1], { x: [1] }, false],
  ["an object and an array", { x: [1] }, [1], false],
  ["no shared properties", { x: [1] }, { x: [2] }, true],
  ["other arrays", { x: [1] }, { y: [1] }, false],
  ["an array more", { x: [1] }, { x: [1], y: [1] }, false],
  ["an array where nothing is", { x: [1], y: null }, { x: [1], y: [1] }, false],
  [
    "equal shared properties in another order",
    { x: [1], top: 3, mode: { a: [1, { b: NaN }] } },
    { mode: { a: [1, { b: NaN }] }, top: 3, x: [2] },
    true,
  ],
  ["a differing number", { x: [1], top: 3 }, { x: [1], top: 4 }, false],
  ["a differing deep value", { x: [1], mode: { a: [1, 2] } }, { x: [1], mode: { a: [1, 3] } }, false],
  ["equal dates", { x: [1], at: new Date(5) }, { x: [1], at: new Date(5) }, true],
  ["differing dates", { x: [1], at: new Date(5) }, { x: [1], at: new Date(6) }, false],
  ["a date and an object", { x: [1], at: new Date(5) }, { x: [1], at: {} }, false],
  ["files of one length", { x: [1], file: new Blob(["a"]) }, { x: [1], file: new Blob(["b"]) }, false],
  ["undefined and another key", { x: [1], a: undefined }, { x: [1], b: undefined }, false],
];

test.each(pairs)("%s", (_, a, b, expected) => {
  expect(mayJoin(readBatchInput(a, 0), readBatchInput(b, 0))).toBe(expected);
  expect(mayJoin(readBatchInput(b, 0), readBatchInput(a, 0))).toBe(expected);
});

test("the rows of a deeper dimension must be as many and of one kind", () => {
  const read = (value: unknown) => readBatchInput(value, 1);
  expect(
    mayJoin(
      read([[1], [2]]),
      read([
        [3, 4],
        [5, 6],
      ]),
    ),
  ).toBe(true);
  expect(mayJoin(read([[1], [2]]), read([[3]]))).toBe(false);
  expect(mayJoin(read([[1]]), read([new Float32Array(1)]))).toBe(false);
});

test("a shared value of hostile depth is no match, and ends no stack", () => {
  const deep = (): unknown => JSON.parse(`${"[".repeat(200_000)}${"]".repeat(200_000)}`);
  const [a, b] = [readBatchInput({ x: [1], rest: { deep: deep() } }, 0), readBatchInput({ x: [1], rest: { deep: deep() } }, 0)];
  expect(mayJoin(a, b)).toBe(false);
  expect(mayJoin(a, a)).toBe(true);
});

import { BentoError, DataFrame, Tensor } from "@bento/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { mayJoin, readBatchInput } from "./batch-input.js";
import { cut, join } from "./join.js";
import { rejoin } from "./rejoin.js";
import { type Slice, split } from "./split.js";

/** Makes arrays of one form: `make(start, end)` has the items from start to before end. */
interface Form {
  readonly name: string;
  readonly dim: number;
  readonly make: (start: number, end: number) => unknown;
}

const numbers = (start: number, end: number): number[] => Array.from({ length: end - start }, (_, index) => start + index);
const form = (name: string, dim: number, make: Form["make"]): Form => ({ name, dim, make });
const columns = (start: number, end: number): Tensor =>
  new Tensor("int64", [2, end - start], BigInt64Array.from([...numbers(start, end), ...numbers(start, end).map((n) => -n)].map(BigInt)));
const forms: Form[] = [
  form("numbers", 0, numbers),
  form("strings", 0, (start, end) => numbers(start, end).map(String)),
  form("objects", 0, (start, end) => numbers(start, end).map((n) => ({ n }))),
  form("rows", 0, (start, end) => numbers(start, end).map((n) => [n, -n])),
  form("rows of typed arrays", 0, (start, end) => numbers(start, end).map((n) => Float32Array.of(n, -n))),
  ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array].map((Kind) =>
    form(Kind.name, 0, (start, end) => Kind.from(numbers(start, end))),
  ),
  ...[BigInt64Array, BigUint64Array].map((Kind) => form(Kind.name, 0, (start, end) => Kind.from(numbers(start, end).map(BigInt)))),
  form("columns", 1, (start, end) => [numbers(start, end), numbers(start, end).map((n) => -n)]),
  form("columns of typed arrays", 1, (start, end) => [Float32Array.from(numbers(start, end)), Float64Array.from(numbers(start, end))]),
  form("a third dimension", 2, (start, end) => [[numbers(start, end)], [Int16Array.from(numbers(start, end))]]),
  form(
    "a tensor",
    0,
    (start, end) => new Tensor("float32", [end - start, 2], Float32Array.from(numbers(start, end).flatMap((n) => [n, -n]))),
  ),
  form("a tensor along its last dimension", 1, (start, end) => columns(start, end)),
  form("tensors in a list", 1, (start, end) => [new Tensor("int8", [end - start], Int8Array.from(numbers(start, end)))]),
  form("a third dimension of a tensor", 2, (start, end) => columns(start, end).reshape([2, 1, end - start])),
  form("a table", 0, (start, end) =>
    DataFrame.fromColumns({ n: Float64Array.from(numbers(start, end)), name: numbers(start, end).map(String) }),
  ),
  form("an object with a tensor and a table", 0, (start, end) => ({
    x: new Tensor("int64", [end - start, 1], BigInt64Array.from(numbers(start, end).map(BigInt))),
    rows: DataFrame.fromColumns({ n: Float64Array.from(numbers(start, end)) }),
    scale: new Tensor("float32", [], Float32Array.of(0.5)),
  })),
  form("an object", 0, (start, end) => ({
    x: numbers(start, end),
    ids: BigInt64Array.from(numbers(start, end).map(BigInt)),
    top: 3,
    mode: { a: 1 },
  })),
  form("an object of columns", 1, (start, end) => ({ x: [numbers(start, end)], y: [Float32Array.from(numbers(start, end))], top: null })),
];

const partition = fc.array(fc.nat(7), { minLength: 1, maxLength: 12 });

/** The ranges of requests that follow one another. */
function rangesOf(counts: readonly number[]): [start: number, end: number][] {
  let at = 0;
  return counts.map((count) => [at, (at += count)]);
}

function totalOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function codeOf(run: () => unknown): { code: string; message: string } {
  try {
    run();
  } catch (error) {
    if (BentoError.is(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("It was not refused.");
}

describe.each(forms)("$name", ({ dim, make }) => {
  test("joined inputs are the whole, and split again they are themselves, for every partition", () => {
    fc.assert(
      fc.property(partition, (counts) => {
        const requests = rangesOf(counts).map(([start, end]) => make(start, end));
        const inputs = requests.map((request) => readBatchInput(request, dim));
        expect(inputs.every((input) => mayJoin(input, inputs[0] as never))).toBe(true);
        const joined = join(inputs.map((input) => ({ input, start: 0, end: input.items })));
        expect(joined).toStrictEqual(make(0, totalOf(counts)));
        expect(split(joined, counts, dim)).toStrictEqual(requests.map((value) => ({ value })));
      }),
      { numRuns: 40 },
    );
  });

  test("a request that is cut anywhere is whole again when rejoined", () => {
    fc.assert(
      fc.property(partition, (counts) => {
        const input = readBatchInput(make(0, totalOf(counts)), dim);
        const pieces = rangesOf(counts).map(([start, end]) => cut({ input, start, end }));
        expect(pieces).toStrictEqual(rangesOf(counts).map(([start, end]) => make(start, end)));
        expect(rejoin(pieces, dim)).toStrictEqual(input.value);
      }),
      { numRuns: 40 },
    );
  });

  test("the end of one request and the start of the next make one batch", () => {
    const [first, second] = [readBatchInput(make(0, 5), dim), readBatchInput(make(5, 9), dim)];
    expect(
      join([
        { input: first, start: 3, end: 5 },
        { input: second, start: 0, end: 2 },
      ]),
    ).toStrictEqual(make(3, 7));
  });
});

test("a request that is alone is not copied", () => {
  const value = { x: [1, 2], top: 1 };
  expect(join([{ input: readBatchInput(value, 0), start: 0, end: 2 }])).toBe(value);
  const output = [1, 2];
  expect(split(output, [2], 0)).toEqual([{ value: output }]);
  expect((split(output, [2], 0)[0] as { value: unknown }).value).toBe(output);
});

test("what is cut off a typed array has memory of its own", () => {
  const slices = split(Float32Array.of(1, 2, 3), [1, 2], 0) as { value: Float32Array }[];
  expect(slices.map(({ value }) => value.buffer.byteLength)).toEqual([4, 8]);
  const [slice] = split(Buffer.from("abc"), [1, 2], 0) as { value: Uint8Array }[];
  expect(slice?.value).toStrictEqual(Uint8Array.of(97));
});

test("a property named __proto__ is one like any other", () => {
  const read = (text: string) => readBatchInput(JSON.parse(text), 0);
  const [a, b] = [read('{"__proto__":[1]}'), read('{"__proto__":[2,3]}')];
  const joined = join([
    { input: a, start: 0, end: 1 },
    { input: b, start: 0, end: 2 },
  ]);
  expect(JSON.stringify(joined)).toBe('{"__proto__":[1,2,3]}');
  expect(JSON.stringify(split(joined, [2, 1], 0))).toBe('[{"value":{"__proto__":[1,2]}},{"value":{"__proto__":[3]}}]');
});

test("an object's other properties are given to everybody", () => {
  expect(split({ label: ["a", "b"], model: "m", cost: null }, [1, 1], 0)).toEqual([
    { value: { label: ["a"], model: "m", cost: null } },
    { value: { label: ["b"], model: "m", cost: null } },
  ]);
});

test.each<[string, unknown, number, string]>([
  ["too few", [1, 2], 0, "its output holds 2 items for an input of 3"],
  ["too many", new Float32Array(4), 0, "its output holds 4 items for an input of 3"],
  ["too few in one property", { a: [1, 2, 3], b: [1] }, 0, '"b" holds 1 items for an input of 3'],
  [
    "rows in place of columns",
    [
      [1, 2],
      [1, 2],
      [1, 2],
    ],
    1,
    "its output holds 2 items for an input of 3",
  ],
  ["ragged", [[1, 2, 3], [1]], 1, "its output is ragged along dimension 1: a row of 3 and one of 1"],
  ["flat", [1, 2, 3], 1, "its output has no dimension 1"],
  ["nothing", undefined, 0, "it returned undefined where items were expected"],
  ["null", null, 0, "it returned null where items were expected"],
  ["a text", "abc", 0, "it returned string where items were expected"],
  ["no array", { mean: 2 }, 0, "it returned an object without an array where items were expected"],
])("an output of %s is refused", (_, output, dim, message) => {
  for (const counts of [[3], [1, 2]]) {
    expect(codeOf(() => split(output, counts, dim))).toEqual({
      code: "BENTO_OUTPUT_INVALID",
      message: `The batchable method is wrong: ${message}.`,
    });
  }
});

test("an item that is an Error fails its own request only, wherever it stands", () => {
  const bad = new BentoError("BENTO_INPUT_INVALID", "Not this one.");
  const values = (slices: readonly Slice[]) => slices.map((slice) => slice.error ?? slice.value);
  fc.assert(
    fc.property(partition, fc.nat(), (counts, seed) => {
      const total = totalOf(counts);
      fc.pre(total > 0);
      const at = seed % total;
      const items = numbers(0, total).map((n) => (n === at ? bad : n));
      const ranges = rangesOf(counts);
      const expected = ranges.map(([start, end]) => (start <= at && at < end ? bad : numbers(start, end)));
      expect(values(split(items, counts, 0))).toStrictEqual(expected);
      expect(values(split([numbers(0, total), items], counts, 1))).toStrictEqual(
        ranges.map(([start, end], index) => (expected[index] === bad ? bad : [numbers(start, end), expected[index]])),
      );
      expect(values(split({ y: new Float32Array(total), x: items, top: 1 }, counts, 0))).toStrictEqual(
        ranges.map(([start, end], index) =>
          expected[index] === bad ? bad : { y: new Float32Array(end - start), x: expected[index], top: 1 },
        ),
      );
    }),
  );
});

test("outputs of one request that change between a typed array and a plain one are rejoined as a plain one", () => {
  expect(rejoin([Float32Array.of(1), [2]], 0)).toStrictEqual([1, 2]);
  expect(
    rejoin(
      [
        { x: [1], n: 1 },
        { x: [2], n: 2 },
      ],
      0,
    ),
  ).toStrictEqual({ x: [1, 2], n: 1 });
  expect(rejoin([7], 0)).toBe(7);
});

test.each<[string, unknown[], number]>([
  ["an array and an object", [[1], { x: [1] }], 0],
  ["an object and an array", [{ x: [1] }, [1]], 0],
  ["other properties", [{ x: [1] }, { y: [1] }], 0],
  [
    "an array more",
    [
      { x: [1], y: null },
      { x: [1], y: [1] },
    ],
    0,
  ],
  ["other rows", [[[1], [2]], [[1]]], 1],
])("pieces that are %s cannot be rejoined", (_, outputs, dim) => {
  expect(codeOf(() => rejoin(outputs, dim))).toMatchObject({ code: "BENTO_OUTPUT_INVALID" });
});

test("what is cut off a tensor or a table has memory of its own", () => {
  const [rows] = split(new Tensor("float32", [3, 2], new Float32Array(6)), [1, 2], 0) as { value: Tensor }[];
  expect([rows?.value.shape, rows?.value.data.buffer.byteLength]).toEqual([[1, 2], 8]);
  const [table] = split(DataFrame.fromColumns({ n: new Float64Array(3) }), [1, 2], 0) as { value: DataFrame<{ n: number }> }[];
  expect((table?.value.column("n") as unknown as Float64Array | undefined)?.buffer.byteLength).toBe(8);
});

test.each<[string, unknown, unknown, boolean]>([
  [
    "tensors of one dtype and row",
    Tensor.from([[1, 2]]),
    Tensor.from([
      [3, 4],
      [5, 6],
    ]),
    true,
  ],
  ["tensors of two dtypes", Tensor.from([[1, 2]]), Tensor.from([[1, 2]], "float32"), false],
  ["tensors of rows that differ", Tensor.from([[1, 2]]), Tensor.from([[1]]), false],
  ["a tensor and a list", Tensor.from([1]), [1], false],
  ["tables of the same columns", DataFrame.fromRecords([{ a: 1 }]), DataFrame.fromRecords([{ a: 2 }, { a: 3 }]), true],
  ["tables of other columns", DataFrame.fromRecords([{ a: 1 }]), DataFrame.fromRecords([{ b: 1 }]), false],
  ["the same scalars", { x: [1], t: Tensor.from(0.5) }, { x: [2], t: Tensor.from(0.5) }, true],
  ["other scalars", { x: [1], t: Tensor.from(0.5) }, { x: [2], t: Tensor.from(0.25) }, false],
  ["the same shared tables", { x: [1], t: [DataFrame.fromRecords([{ a: 1 }])] }, { x: [2], t: [DataFrame.fromRecords([{ a: 1 }])] }, true],
])("%s may be joined or not", (_name, a, b, may) => {
  expect(mayJoin(readBatchInput(a, 0), readBatchInput(b, 0))).toBe(may);
});

test("a tensor without dimensions is no batch", () => {
  expect(codeOf(() => readBatchInput(Tensor.from(1), 0))).toMatchObject({ code: "BENTO_INPUT_INVALID" });
  expect(codeOf(() => split(Tensor.from(1), [1], 0))).toMatchObject({
    message: "The batchable method is wrong: it returned a tensor without dimensions where items were expected.",
  });
  expect(codeOf(() => readBatchInput({ x: Tensor.from([1, 2]), y: DataFrame.fromRecords([{}]) }, 0))).toMatchObject({
    message: expect.stringContaining('"x" holds 2 items but "y" holds 1'),
  });
});

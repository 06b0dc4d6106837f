import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyTensor, bitsOf, everyDType } from "../../test/support/tensors.js";
import { DimensionNames } from "./dimension-names.js";
import { dtypes } from "./dtype.js";
import { parseTensor, type TensorSpec } from "./parse-tensor.js";
import { Tensor } from "./tensor.js";

/** What is read, as its bits; or the one issue. */
function parse(value: unknown, spec: TensorSpec = {}): unknown {
  const parsed = parseTensor(value, spec);
  if (parsed.issues === undefined) return bitsOf(parsed.value);
  expect(parsed.issues).toHaveLength(1);
  return parsed.issues[0];
}

const floats = (shape: number[], ...elements: number[]): unknown => bitsOf(new Tensor("float32", shape, Float32Array.from(elements)));

describe("nested lists", () => {
  test("of every dtype come back from their JSON", () => {
    const finite = anyTensor.filter(
      ({ dtype, data }) =>
        dtypes[dtype].kind !== "float" || !JSON.stringify(new Tensor(dtype, [data.length], data as never)).includes("null"),
    );
    fc.assert(
      fc.property(finite, (tensor) => {
        const { dtype, shape } = tensor;
        const parsed = parseTensor(JSON.parse(JSON.stringify(tensor)), { dtype, shape });
        // JSON has no -0.
        expect(parsed.issues ?? JSON.stringify(parsed.value)).toBe(JSON.stringify(tensor));
        expect(parsed.issues ?? [parsed.value.dtype, parsed.value.shape]).toEqual([dtype, shape]);
        if (dtypes[dtype].kind !== "float") expect(parsed.issues ?? bitsOf(parsed.value)).toEqual(bitsOf(tensor));
      }),
    );
  });

  test("take a shape with names and any sizes", () => {
    expect(parse([[1, 2, 3]], { dtype: "float32", shape: ["n", 3] })).toEqual(floats([1, 3], 1, 2, 3));
    expect(parse([[1, 2, 3]], { dtype: "float32", shape: [-1, "m"] })).toEqual(floats([1, 3], 1, 2, 3));
    expect(parse(1, { dtype: "float32", shape: [] })).toEqual(floats([], 1));
  });

  test("without elements take what they do not tell from the shape that is due", () => {
    expect(parse([], { dtype: "float32", shape: ["n", 3] })).toEqual(floats([0, 3]));
    expect(parse([], { dtype: "float32", shape: [0, 3, 2] })).toEqual(floats([0, 3, 2]));
    expect(parse([[], []], { dtype: "float32", shape: ["n", "m", 4] })).toEqual(floats([2, 0, 4]));
    expect(parse([], { dtype: "float32", shape: [2, 3] })).toMatchObject({ code: "shape_mismatch", path: [] });
    expect(parse([[]], { dtype: "float32", shape: ["n", 3] })).toMatchObject({ code: "shape_mismatch", path: [] });
  });

  test("that are flat take a shape of numbers", () => {
    expect(parse([1, 2, 3, 4], { dtype: "float32", shape: [2, 2] })).toEqual(floats([2, 2], 1, 2, 3, 4));
    expect(parse([1, 2, 3, 4], { dtype: "float32", shape: [-1, 1, 2] })).toEqual(floats([2, 1, 2], 1, 2, 3, 4));
    for (const shape of [["n", 2], [-1, -1], [-1, 3], [2, 3], []]) {
      expect(parse([1, 2, 3, 4], { dtype: "float32", shape })).toMatchObject({ code: "shape_mismatch", path: [] });
    }
  });

  test.each<[string, unknown, TensorSpec, object]>([
    [
      "a short row",
      [[1, 2], [1, 2], [3]],
      {},
      { path: [2], code: "ragged", message: "A row of 2 is due here, as the first of its level is, not a row of 1." },
    ],
    ["a long row within", [[[1]], [[1, 2]]], {}, { path: [1, 0], code: "ragged" }],
    [
      "an element for a row",
      [[1], 2],
      {},
      { path: [1], code: "ragged", message: "A row of 1 is due here, as the first of its level is, not 2." },
    ],
    [
      "a row for an element",
      [1, [2]],
      {},
      { path: [1], code: "ragged", message: "An element of a tensor of float64 is due here, not a row of 1." },
    ],
    ["a row after an empty one", [[], [1]], {}, { path: [1], code: "ragged" }],
    [
      "text",
      [["a"]],
      { dtype: "float32" },
      { path: [0, 0], code: "invalid_type", message: 'A number is due in a tensor of float32, not "a".' },
    ],
    ["text without a dtype", ["1"], {}, { path: [0], code: "invalid_type" }],
    [
      "null",
      [1, null],
      { dtype: "float64" },
      { path: [1], code: "invalid_type", message: "A number is due in a tensor of float64, not null." },
    ],
    ["nothing", undefined, {}, { path: [], code: "invalid_type" }],
    [
      "an object",
      [{ length: 2 }],
      {},
      { path: [0], code: "invalid_type", message: "A number is due in a tensor of float64, not an object." },
    ],
    ["a boolean for a number", [true], { dtype: "int8" }, { path: [0], code: "invalid_type" }],
    [
      "a number for a boolean",
      [true, 1],
      {},
      { path: [1], code: "invalid_type", message: "True or false is due in a tensor of bool, not 1." },
    ],
    ["a bigint for a number", [1, 2n], {}, { path: [1], code: "invalid_type", message: "A number is due in a tensor of float64, not 2n." }],
    [
      "a fraction",
      [1.5],
      { dtype: "int32" },
      { path: [0], code: "out_of_range", message: "1.5 is no whole number, as a tensor of int32 needs." },
    ],
    [
      "a fraction among 64 bits",
      [1.5],
      { dtype: "int64" },
      { path: [0], code: "out_of_range", message: "1.5 is no whole number, as a tensor of int64 needs." },
    ],
    ["NaN for an integer", ["NaN"], { dtype: "int32" }, { path: [0], code: "invalid_type" }],
    [
      "an unsafe integer",
      [2 ** 53],
      { dtype: "int64" },
      {
        path: [0],
        code: "out_of_range",
        message: "9007199254740992 is beyond the whole numbers that are exact here: write its digits as text.",
      },
    ],
    ["digits beyond 64 bits", ["9223372036854775808"], { dtype: "int64" }, { path: [0], code: "out_of_range" }],
    ["a thousand digits", ["9".repeat(1000)], { dtype: "int64" }, { path: [0], code: "out_of_range" }],
    ["digits below zero", ["-1"], { dtype: "uint64" }, { path: [0], code: "out_of_range" }],
    ["digits in another base", ["0x10"], { dtype: "int64" }, { path: [0], code: "invalid_type" }],
    ["empty digits", [""], { dtype: "int64" }, { path: [0], code: "invalid_type" }],
    [
      "more than a byte",
      [[256]],
      { dtype: "uint8" },
      { path: [0, 0], code: "out_of_range", message: "256 is beyond the range of uint8, 0 to 255." },
    ],
    ["less than a byte", [-1], { dtype: "uint8" }, { path: [0], code: "out_of_range" }],
    ["more than a float32", [1e39], { dtype: "float32" }, { path: [0], code: "out_of_range" }],
    [
      "more than a float16",
      [65_520],
      { dtype: "float16" },
      { path: [0], code: "out_of_range", message: "65520 is beyond the range of float16, -65504 to 65504." },
    ],
    [
      "another shape",
      [[1, 2]],
      { shape: [2, 2] },
      { path: [], code: "shape_mismatch", message: "A tensor of shape [2, 2] is due here, not one of [1, 2]." },
    ],
    [
      "a name with two sizes",
      [[1, 2]],
      { shape: ["n", "n"] },
      { path: [], code: "shape_mismatch", message: 'Dimension "n" is 2 in dimension 1, but 1 in dimension 0.' },
    ],
  ])("with %s are refused where it stands", (_what, value, spec, issue) => {
    expect(parse(value, spec)).toMatchObject(issue);
  });

  test("say NaN and infinities in words, where floats are due", () => {
    expect(parse(["NaN", "Infinity", "-Infinity", NaN], { dtype: "float32" })).toEqual(floats([4], NaN, Infinity, -Infinity, NaN));
    expect(parse(["NaN"], { dtype: "bfloat16" })).toEqual(bitsOf(new Tensor("bfloat16", [1], Uint16Array.of(0x7fc0))));
    expect(parse(["NaN"])).toEqual(bitsOf(Tensor.from([NaN])));
  });

  test("have all that each dtype has, to its ends", () => {
    const ends = {
      int8: [-128, 127],
      uint8: [0, 255],
      int16: [-32_768, 32_767],
      uint16: [0, 65_535],
      int32: [-(2 ** 31), 2 ** 31 - 1],
      uint32: [0, 2 ** 32 - 1],
    } as const;
    for (const dtype of ["int8", "uint8", "int16", "uint16", "int32", "uint32"] as const) {
      const [min, max] = ends[dtype];
      expect(Tensor.from([min, max], dtype).toArray()).toEqual([min, max]);
      for (const beyond of [min - 1, max + 1]) expect(parse([beyond], { dtype })).toMatchObject({ code: "out_of_range" });
    }
    expect(Tensor.from(["-9223372036854775808", 2n ** 63n - 1n], "int64").toArray()).toEqual([-(2n ** 63n), 2n ** 63n - 1n]);
    expect(Tensor.from([0, "18446744073709551615"], "uint64").toArray()).toEqual([0n, 2n ** 64n - 1n]);
    expect(Tensor.from([65_519, -65_504], "float16").toArray()).toEqual([65_504, -65_504]);
  });
});

describe("tensors and arrays", () => {
  test("are taken as they are", () => {
    const tensor = new Tensor("float32", [1, 2], Float32Array.of(1, 2));
    const parsed = parseTensor(tensor, { dtype: "float32", shape: ["n", 2] });
    expect(parsed.issues ?? parsed.value).toBe(tensor);
    const data = Uint16Array.of(1, 2);
    const bits = parseTensor(data, { dtype: "float16" });
    expect(bits.issues ?? [bits.value.dtype, bits.value.data]).toEqual(["float16", data]);
  });

  test("that are flat take the shape: a tensor as a list does, an array also where one size has a name", () => {
    const data = Float32Array.of(1, 2, 3, 4);
    expect(parse(data, { shape: ["n", 2] })).toEqual(floats([2, 2], 1, 2, 3, 4));
    expect(parse(new Float32Array(0), { shape: ["n", 2] })).toEqual(floats([0, 2]));
    expect(parse(Tensor.from(data), { shape: [2, 2] })).toEqual(floats([2, 2], 1, 2, 3, 4));
    expect(parse(Tensor.from(data), { shape: ["n", 2] })).toMatchObject({ code: "shape_mismatch" });
    expect(parse(data, { shape: ["n", 3] })).toMatchObject({ code: "shape_mismatch" });
    expect(parse(new Float32Array(0), { shape: ["n", 0] })).toMatchObject({ code: "shape_mismatch" });
  });

  test("of another dtype are refused, not cast", () => {
    expect(parse(Float64Array.of(1), { dtype: "float32" })).toMatchObject({
      code: "dtype_mismatch",
      message: "A tensor of float32 is due here, not one of Float64Array.",
    });
    expect(parse(Tensor.from([1]), { dtype: "float32" })).toMatchObject({
      message: "A tensor of float32 is due here, not one of float64.",
    });
    expect(parse(Uint8ClampedArray.of(1))).toMatchObject({ message: "A tensor is due here, not one of Uint8ClampedArray." });
  });
});

describe("hostile values", () => {
  test("are never more than an issue", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.array(fc.array(fc.jsonValue()))),
        fc.constantFrom(...everyDType, undefined),
        (value, dtype) => {
          const parsed = parseTensor(value, { dtype, shape: ["n", 2] });
          if (parsed.issues !== undefined)
            expect(parsed.issues[0]).toMatchObject({ message: expect.any(String), code: expect.any(String) });
          else expect(new DimensionNames().bind(["n", 2], parsed.value.shape)).toBeUndefined();
        },
      ),
      { numRuns: 500 },
    );
  });

  test("nested deeply, or in themselves, have too many dimensions", () => {
    expect(parse(JSON.parse(`${"[".repeat(1e5)}1${"]".repeat(1e5)}`))).toMatchObject({ message: "A tensor has at most 32 dimensions." });
    const circle: unknown[] = [];
    circle.push(circle);
    expect(parse(circle)).toMatchObject({ code: "too_big" });
    expect(parse(JSON.parse(`${"[".repeat(32)}1${"]".repeat(32)}`))).toMatchObject({ shape: Array.from({ length: 32 }, () => 1) });
    expect(parse([1, JSON.parse(`${"[".repeat(1e5)}1${"]".repeat(1e5)}`)])).toMatchObject({ code: "ragged", path: [1] });
  });

  test("cost no memory that they do not have themselves", () => {
    // Were the first rows taken at their word, this would be a tensor of 10^12 elements.
    const rows = [Array.from({ length: 1e6 }, () => 0), ...Array.from({ length: 1e6 }, () => [])];
    expect(parse(rows)).toMatchObject({ code: "ragged", path: [1] });
  });
});

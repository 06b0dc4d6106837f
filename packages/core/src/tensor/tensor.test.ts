import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyTensor, bitsOf } from "../../test/support/tensors.js";
import { BentoError } from "../errors.js";
import { type DType, dtypes, type TensorArrays } from "./dtype.js";
import { Tensor } from "./tensor.js";

const numbers = (...shape: number[]): Tensor<"float32"> => {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  return new Tensor(
    "float32",
    shape,
    Float32Array.from({ length: size }, (_, index) => index),
  );
};

describe("a tensor is made", () => {
  test("of a dtype, a shape and an array, which it keeps", () => {
    const data = new Float32Array(6);
    const shape = [2, 3];
    const tensor = new Tensor("float32", shape, data);
    shape[0] = 7;
    expect(tensor.data).toBe(data);
    expect([tensor.shape, tensor.size, tensor.byteLength]).toEqual([[2, 3], 6, 24]);
    expect(Object.isFrozen(tensor.shape)).toBe(true);
  });

  test.each<[string, string, unknown, unknown]>([
    ["no dtype", "float8", [1], new Uint8Array(1)],
    ["a dtype of the prototype", "toString", [1], new Uint8Array(1)],
    ["too few elements", "float32", [2, 3], new Float32Array(5)],
    ["the array of another dtype", "float32", [1], new Float64Array(1)],
    ["no array", "float32", [1], [1]],
    ["a DataView", "uint8", [1], new DataView(new ArrayBuffer(1))],
    ["a size below zero", "float32", [-1], new Float32Array(1)],
    ["a fraction as a size", "float32", [0.5, 2], new Float32Array(1)],
    ["text as a size", "float32", ["1"], new Float32Array(1)],
    ["a number as a shape", "float32", 1, new Float32Array(1)],
    ["33 dimensions", "float32", Array.from({ length: 33 }, () => 1), new Float32Array(1)],
    ["more elements than can be counted", "float32", [2 ** 40, 2 ** 40], new Float32Array(1)],
    ["more rows than can be counted", "float32", [0, 2 ** 40, 2 ** 40], new Float32Array(0)],
  ])("and refuses %s", (_what, dtype, shape, data) => {
    expect(() => new Tensor(dtype as DType, shape as number[], data as TensorArrays[DType])).toThrow(
      expect.objectContaining({ code: "BENTO_INPUT_INVALID", issues: [expect.objectContaining({ path: [] })] }),
    );
  });

  test("a Buffer of Node is an array of bytes", () => {
    expect(Tensor.from(Buffer.from([1, 2])).toArray()).toEqual([1, 2]);
  });
});

describe("Tensor.from", () => {
  test("takes lists, with the dtype that their elements have", () => {
    expect(bitsOf(Tensor.from([[1, 2, 3]]))).toEqual(bitsOf(new Tensor("float64", [1, 3], Float64Array.of(1, 2, 3))));
    expect(bitsOf(Tensor.from([1n, -1n]))).toEqual(bitsOf(new Tensor("int64", [2], BigInt64Array.of(1n, -1n))));
    expect(bitsOf(Tensor.from([true, false]))).toEqual(bitsOf(new Tensor("bool", [2], Uint8Array.of(1, 0))));
    expect(bitsOf(Tensor.from(7))).toEqual(bitsOf(new Tensor("float64", [], Float64Array.of(7))));
    expect(bitsOf(Tensor.from([[], []]))).toEqual(bitsOf(new Tensor("float64", [2, 0], new Float64Array(0))));
  });

  test("takes lists in a given dtype", () => {
    expect(bitsOf(Tensor.from([1.5, -0], "float16"))).toEqual(bitsOf(new Tensor("float16", [2], Uint16Array.of(0x3e00, 0x8000))));
    expect(Tensor.from([1, "9007199254740993", 2n], "int64").toArray()).toEqual([1n, 9_007_199_254_740_993n, 2n]);
  });

  test("takes typed arrays and tensors without a copy", () => {
    const data = Uint16Array.of(0x3c00);
    const tensor = Tensor.from(data, "float16");
    expect(tensor.data).toBe(data);
    expect(tensor.toArray()).toEqual([1]);
    expect(Tensor.from(tensor)).toBe(tensor);
    expect(Tensor.from(Int8Array.of(1)).dtype).toBe("int8");
  });

  test("says where what does not fit is", () => {
    expect(() => Tensor.from([[1, 2], [3]])).toThrow(
      "This is no tensor at 1: A row of 2 is due here, as the first of its level is, not a row of 1.",
    );
    expect(() => Tensor.from(Tensor.from([1]) as Tensor, "int8" as DType)).toThrow("A tensor of int8 is due, not one of float64.");
    try {
      Tensor.from([[1, 300]], "uint8");
      expect.unreachable();
    } catch (error) {
      expect(BentoError.is(error, "BENTO_INPUT_INVALID") && error.issues).toEqual([
        { path: [0, 1], message: "300 is beyond the range of uint8, 0 to 255.", code: "out_of_range" },
      ]);
    }
  });
});

describe("elements", () => {
  test("are found by their indices, from the end too", () => {
    const tensor = numbers(2, 3);
    expect([tensor.at(0, 0), tensor.at(1, 2), tensor.at(-1, -3)]).toEqual([0, 5, 3]);
    expect(Tensor.from(4).at()).toBe(4);
    for (const index of [[2, 0], [0, 3], [0, -4], [0], [0, 0, 0], [0.5, 0], [NaN, 0]]) {
      expect(() => tensor.at(...index)).toThrow(expect.objectContaining({ code: "BENTO_INPUT_INVALID" }));
    }
  });

  test("are what their dtype says", () => {
    expect(Tensor.from([true, false]).at(0)).toBe(true);
    expect(Tensor.from([2n ** 63n - 1n]).at(0)).toBe(2n ** 63n - 1n);
    expect(new Tensor("bfloat16", [1], Uint16Array.of(0xc0a0)).at(0)).toBe(-5);
  });

  test("go to JSON as what JSON has", () => {
    const json = (tensor: Tensor): string => JSON.stringify(tensor);
    expect(json(Tensor.from([NaN, Infinity, -Infinity, 0.5]))).toBe("[null,null,null,0.5]");
    expect(json(new Tensor("float16", [2], Uint16Array.of(0x7c00, 0x3c00)))).toBe("[null,1]");
    expect(json(Tensor.from([1n, 2n ** 53n - 1n, 2n ** 53n]))).toBe('[1,9007199254740991,"9007199254740992"]');
    expect(json(Tensor.from([[true], [false]]))).toBe("[[true],[false]]");
    expect(json(Tensor.from(Float32Array.of(0.1)))).toBe("[0.10000000149011612]");
    expect(json(numbers(2, 0, 3))).toBe("[[],[]]");
    expect(json(Tensor.from(5n))).toBe("5");
  });
});

describe("views", () => {
  test("rows are cut as those of a list, on the same memory", () => {
    fc.assert(
      fc.property(
        fc.nat(6),
        fc.integer({ min: -9, max: 9 }),
        fc.option(fc.integer({ min: -9, max: 9 }), { nil: undefined }),
        (rows, start, end) => {
          const tensor = numbers(rows, 2);
          const cut = tensor.slice(start, end);
          expect(cut.toArray()).toEqual((tensor.toArray() as number[][]).slice(start, end));
          expect(cut.data.buffer).toBe(tensor.data.buffer);
          expect(cut.shape[1]).toBe(2);
        },
      ),
    );
    expect(() => Tensor.from(1).slice(0)).toThrow("is a scalar, it has no rows");
  });

  test("another shape is on the same memory", () => {
    const tensor = numbers(2, 6);
    expect(tensor.reshape([3, -1]).shape).toEqual([3, 4]);
    expect(tensor.reshape([3, 4]).data).toBe(tensor.data);
    expect(numbers(1, 1).reshape([]).toArray()).toBe(0);
    for (const shape of [[5], [-1, 5], [-1, -1], [0, -1], [-2, -6]]) {
      expect(() => tensor.reshape(shape)).toThrow(expect.objectContaining({ code: "BENTO_INPUT_INVALID" }));
    }
  });
});

describe("Tensor.concat", () => {
  test("joins what was cut", () => {
    fc.assert(
      fc.property(
        anyTensor.filter(({ shape }) => shape.length > 0),
        fc.array(fc.nat(4), { maxLength: 3 }),
        (tensor, cuts) => {
          const rows = tensor.shape[0] ?? 0;
          const ends = [...cuts.toSorted((a, b) => a - b), rows];
          const parts = ends.map((end, index) => tensor.slice(Math.min(ends[index - 1] ?? 0, rows), end));
          expect(bitsOf(Tensor.concat(parts))).toEqual(bitsOf(tensor));
        },
      ),
    );
  });

  test("refuses what does not belong together", () => {
    const one = numbers(1, 2);
    for (const parts of [[], [one, numbers(1, 3)], [one, numbers(2)], [one, Tensor.from([[1, 2]])], [Tensor.from(1)]]) {
      expect(() => Tensor.concat(parts as Tensor[])).toThrow(expect.objectContaining({ code: "BENTO_INPUT_INVALID" }));
    }
    expect(Tensor.concat([one])).toBe(one);
  });
});

test("another copy's tensor is one; what looks like one is none", () => {
  const other = { [Symbol.for("bento.tensor")]: true };
  expect(Tensor.isTensor(numbers(1))).toBe(true);
  expect(Tensor.isTensor(other)).toBe(true);
  for (const value of [null, undefined, [], { dtype: "float32", shape: [], data: [] }]) expect(Tensor.isTensor(value)).toBe(false);
});

test("the table of dtypes tells the bytes of their arrays", () => {
  fc.assert(
    fc.property(anyTensor, ({ dtype, data, size, byteLength }) => {
      expect(data.BYTES_PER_ELEMENT).toBe(dtypes[dtype].bytes);
      expect(byteLength).toBe(size * dtypes[dtype].bytes);
    }),
  );
});

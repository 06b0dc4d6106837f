import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DType, dtypes, viewOf } from "../tensor/dtype.js";
import { Tensor } from "../tensor/tensor.js";
import { DataFrame } from "../table/data-frame.js";
import { encodeArrowTable } from "./table.js";
import { decodeArrowTensors, encodeArrowTensors } from "./tensors.js";
import { joinParts } from "./write-stream.js";

function roundTrip(value: unknown): unknown {
  return decodeArrowTensors(joinParts(encodeArrowTensors(value)));
}

/** What there is to compare of a tensor: its bits too, which NaNs differ in. */
function written(value: unknown): unknown {
  if (Tensor.isTensor(value)) {
    const { dtype, shape, data } = value;
    return { dtype, shape, bytes: Array.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) };
  }
  if (Array.isArray(value)) return value.map(written);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, written(item)]));
}

const anyTensor = fc
  .tuple(fc.constantFrom(...(Object.keys(dtypes) as DType[])), fc.array(fc.nat(4), { maxLength: 4 }), fc.infiniteStream(fc.nat(255)))
  .map(([dtype, shape, numbers]): Tensor => {
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    const bytes = Uint8Array.from({ length: size * dtypes[dtype].bytes }, () => {
      const byte = Number(numbers.next().value);
      return dtype === "bool" ? byte & 1 : byte;
    });
    return new Tensor(dtype, shape, viewOf(dtype, bytes.buffer, 0, size));
  });

/** As JSON has it: without a zero below zero. */
const plainJson = fc.jsonValue({ maxDepth: 1 }).map((value): unknown => JSON.parse(JSON.stringify(value)));

describe("a value with tensors", () => {
  test("comes back as it was, with the bits of every tensor", () => {
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        anyTensor,
        plainJson,
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie("value"), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(value, (given) => {
        expect(written(roundTrip(given))).toEqual(written(given));
      }),
      { numRuns: 300 },
    );
  });

  test("is one column for each tensor, which is its own memory", () => {
    const image = Tensor.from(new Float32Array(12)).reshape([2, 2, 3]);
    const label = Tensor.from(new BigInt64Array([7n, -8n]));
    const parts = encodeArrowTensors({ image, label });
    expect(parts.some((part) => part.buffer === image.data.buffer)).toBe(true);
    expect(parts.some((part) => part.buffer === label.data.buffer)).toBe(true);
  });

  test("is a view of the bytes it came in", () => {
    const bytes = joinParts(encodeArrowTensors({ x: Tensor.from(new Float64Array([1, 2])) }));
    const { x } = decodeArrowTensors(bytes) as { readonly x: Tensor };
    expect(x.data.buffer).toBe(bytes.buffer);
    const shifted = new Uint8Array(bytes.byteLength + 1);
    shifted.set(bytes, 1);
    expect(decodeArrowTensors(shifted.subarray(1))).toEqual({ x });
  });

  test("may be a large mask", () => {
    const mask = new Tensor("bool", [2000, 2000], new Uint8Array(4_000_000).fill(1));
    expect((roundTrip({ mask }) as { readonly mask: Tensor }).mask.data.every((bit) => bit === 1)).toBe(true);
  });

  test("may have names of any characters", () => {
    const value = { "\u{FEFF}ü": Tensor.from([1]), "\0": Tensor.from([2]), ["__proto__"]: Tensor.from([3]) };
    expect(roundTrip(value)).toEqual(value);
  });

  test("may have tensors of different lengths, and of none", () => {
    const value = { scalar: Tensor.from(1.5), rows: Tensor.from([[1], [2]]), more: Tensor.from([1, 2, 3], "bfloat16") };
    expect(roundTrip(value)).toEqual(value);
  });
});

describe("what is no tensor is refused", () => {
  const refused: readonly (readonly [what: string, bytes: () => Uint8Array, message: string])[] = [
    ["text", () => encodeArrowTable(DataFrame.fromRecords([{ a: "b" }])), 'the column "a" is no tensor'],
    ["nulls", () => encodeArrowTable(DataFrame.fromRecords([{ a: 1 }, { a: null }])), 'the column "a" has nulls'],
    ["another shape", () => replaceText(tensors(), '{"shape":[2,3]}', '{"shape":[2,4]}'), "cells of 6 elements"],
    ["no shape", () => replaceText(tensors(), '{"shape":[2,3]}', '{"shade":[2,3]}'), "cells of 6 elements"],
    ["a shape below zero", () => replaceText(tensors(), '{"shape":[2,3]}', '{"shape":[-2,3'), "cells of 6 elements"],
    [
      "JSON that names no tensor",
      () => replaceText(joinParts(encodeArrowTensors([Tensor.from([1])])), '{"$tensor":"0"}', '{"$tensor":"1"}'),
      'metadata "json" names',
    ],
  ];
  test.for(refused)("%s", ([, bytes, message]) => {
    expect(() => decodeArrowTensors(bytes())).toThrow(
      expect.objectContaining({ code: "BENTO_BAD_REQUEST", message: expect.stringContaining(message) }),
    );
  });
});

function tensors(): Uint8Array {
  return joinParts(encodeArrowTensors({ a: Tensor.from(new Float32Array(6)).reshape([1, 2, 3]) }));
}

function replaceText(bytes: Uint8Array, text: string, other: string): Uint8Array {
  const at = Buffer.from(bytes.buffer).indexOf(text);
  expect(at).toBeGreaterThan(0);
  bytes.set(new TextEncoder().encode(other), at);
  return bytes;
}

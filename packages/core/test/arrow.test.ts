import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DataFrame, Tensor } from "@bento/core";
import { arrowType, decodeArrowTable, decodeArrowTensors, encodeArrowTable } from "@bento/core/arrow";

/** A stream that make.py, beside it, wrote with pyarrow. */
function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`fixtures/arrow/${name}.arrows`, import.meta.url)));
}

test("a DataFrame of pandas is read with every type of column, without its index", () => {
  const frame = decodeArrowTable(fixture("pandas"));
  expect(frame.toColumns()).toEqual({
    int: [1n, 2n, -3n],
    small: [1, 2, 3],
    float: [0.5, null, -1.25],
    flag: [true, false, true],
    text: ["a", null, "ünï"],
    when: [new Date("2026-11-22T01:02:03.456Z"), null, new Date("1969-12-31T23:59:59.999Z")],
    zoned: [new Date("2026-11-22T00:02:03Z"), new Date("2026-05-31T22:00:00Z"), new Date("1969-12-31T23:00:00Z")],
    category: ["x", "y", null],
    nullable: [1n, null, 3n],
    list: [[1, 2], [], null],
    record: [{ a: 1n, b: "x" }, { a: null, b: "y" }, null],
    bytes: [new TextEncoder().encode("ab"), new Uint8Array(), null],
    decimal: ["1.50", "-0.05", null],
    delta: [1000, 2, null],
    date: [new Date("2026-11-22"), null, new Date("1969-12-31")],
    time: [3_723_004.5, null, 0],
    none: [null, null, null],
    half: [0.5, -2, 65_504],
  });
  expect(frame.column("small")).toBeInstanceOf(Uint8Array);
  expect(
    decodeArrowTable(encodeArrowTable(frame))
      .records()
      .map(({ int, text, when }) => ({ int, text, when })),
  ).toEqual(frame.records().map(({ int, text, when }) => ({ int, text, when })));
});

test("several messages of rows and a growing dictionary are one table", () => {
  const frame = decodeArrowTable(fixture("batches"));
  expect(frame.column("n")).toEqual(new Int32Array([1, 2, 3]));
  expect(frame.column("d")).toEqual(["a", "b", "c"]);
});

test("tensors of a fixed shape are read as tensors", () => {
  const { image, label } = decodeArrowTensors(fixture("tensors")) as { readonly image: Tensor; readonly label: Tensor };
  expect(image).toEqual(
    new Tensor(
      "float32",
      [2, 2, 3],
      Float32Array.from({ length: 12 }, (_, index) => index),
    ),
  );
  expect(label).toEqual(new Tensor("int64", [2], new BigInt64Array([7n, -8n])));
});

test("a table that came in is known to the rest of the package", () => {
  expect(DataFrame.isDataFrame(decodeArrowTable(fixture("batches")))).toBe(true);
  expect(arrowType).toBe("application/vnd.apache.arrow.stream");
});

import { type BentoIssue, DataFrame } from "@bento/core";
import { expect, test } from "vitest";

import { checkColumns, type ColumnTypes } from "./column-types.js";

function read(columns: Readonly<Record<string, readonly unknown[] | BigInt64Array>>, types: ColumnTypes): unknown {
  const result = checkColumns(DataFrame.fromColumns(new Map(Object.entries(columns))), types);
  return result.issues === undefined ? result.value.records() : result.issues.map(({ path }: BentoIssue) => path);
}

test("integers of 64 bits, as Arrow carries them, are numbers where a number is due and can be one", () => {
  expect(read({ n: new BigInt64Array([1n, -(2n ** 53n) + 1n]) }, { n: "number" })).toEqual([{ n: 1 }, { n: -(2 ** 53) + 1 }]);
  expect(read({ n: new BigInt64Array([1n, 2n ** 53n]) }, { n: "number" })).toEqual([[1, "n"]]);
  expect(read({ n: new BigInt64Array([2n ** 53n]) }, { n: "bigint" })).toEqual([{ n: 2n ** 53n }]);
});

test("NaN is a number, and a cell that is missing where another type is due", () => {
  const missing = { n: [NaN], s: [NaN], b: [NaN], d: [NaN], i: [NaN] };
  const types = { n: "number", s: "string", b: "boolean", d: "date", i: "bigint" } as const;
  expect(read(missing, types)).toEqual([{ n: NaN, s: null, b: null, d: null, i: null }]);
  expect(read({ s: [Infinity] }, { s: "string" })).toEqual([[0, "s"]]);
});

import fc from "fast-check";
import { expect, test } from "vitest";

import { cellText, fromColumns, parseCells, parseTable } from "./csv.js";

const written = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",")).join("\r\n");

test("cells in quotes come back as they were", () => {
  const cells = fc.array(fc.array(fc.string({ unit: "grapheme" }), { minLength: 2, maxLength: 4 }), { minLength: 1 });
  const property = fc.property(cells, (rows) => {
    expect(parseCells(written(rows))).toEqual(rows);
  });
  fc.assert(property);
});

test.each([
  [
    "a,b\n1,2\n",
    [
      ["a", "b"],
      ["1", "2"],
    ],
  ],
  [
    "a;b\r\n1,5;2",
    [
      ["a", "b"],
      ["1,5", "2"],
    ],
  ],
  [
    "a\tb\n1\t",
    [
      ["a", "b"],
      ["1", ""],
    ],
  ],
  [
    'a,"b\nc"\n\n,',
    [
      ["a", "b\nc"],
      ["", ""],
    ],
  ],
  ["", []],
])("%j is cells", (text, cells) => {
  expect(parseCells(text)).toEqual(cells);
});

test("a table is CSV, rows or columns, or none", () => {
  const table = { columns: ["a", "b"], rows: [["1", "x"]] };
  for (const text of ["a,b\n1,x", '[{"a": 1, "b": "x"}]', '{"a": [1], "b": ["x"]}']) expect(parseTable(text)).toEqual(table);
  expect(parseTable("")).toBeUndefined();
  expect(fromColumns({ a: [1, null], b: [2n] }).rows).toEqual([
    ["1", "2"],
    ["", ""],
  ]);
});

test("cells that are lists or objects are JSON, and big integers their digits", () => {
  expect([[1, 2n], { a: 2n ** 70n }, true, null].map(cellText)).toEqual(['[1,"2"]', `{"a":"${2n ** 70n}"}`, "true", ""]);
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DataFrame } from "./data-frame.js";
import { type DataFrameSpec, parseDataFrame } from "./parse-data-frame.js";

const records = [
  { a: 1, b: "x" },
  { a: 2, b: null },
];

function parsed(value: unknown, spec?: DataFrameSpec): unknown {
  const frame = parseDataFrame(value, spec);
  if (!DataFrame.isDataFrame(frame)) throw new Error(JSON.stringify(frame));
  return frame.records();
}

function problem(value: unknown, spec?: DataFrameSpec): unknown {
  const issues = parseDataFrame(value, spec);
  if (DataFrame.isDataFrame(issues)) throw new Error("It was taken.");
  return issues.map(({ path, message }) => [path, message]);
}

describe("a table comes in every form that Python takes", () => {
  test("records", () => expect(parsed(records)).toEqual(records));
  test("columns", () => expect(parsed({ a: [1, 2], b: ["x", null] })).toEqual(records));
  test("typed arrays", () => expect(parsed({ a: new Int32Array([1, 2]), b: ["x", null] })).toEqual(records));
  test("lists", () => {
    const lists = [
      [1, "x"],
      [2, null],
    ];
    expect(parsed(lists, { columns: ["a", "b"] })).toEqual(records);
  });
  test("a DataFrame", () => expect(parseDataFrame(DataFrame.fromRecords(records))).toBeInstanceOf(DataFrame));
  test("an empty list or object", () => {
    expect(parsed([])).toEqual([]);
    expect(parsed({})).toEqual([]);
    expect(parsed([], { columns: ["a"] })).toEqual([]);
  });
});

test("columns that are not named are dropped, absent ones are null", () => {
  const spec = { columns: ["c", "a"] };
  const wanted = [
    { c: null, a: 1 },
    { c: null, a: 2 },
  ];
  for (const value of [records, { b: [3, 4], a: [1, 2] }, DataFrame.fromRecords(records)]) expect(parsed(value, spec)).toEqual(wanted);
  expect(parsed(DataFrame.fromRecords(records), { columns: ["c"] })).toEqual([{ c: null }, { c: null }]);
});

describe("what is wrong is said where it is", () => {
  const cases: readonly [value: unknown, path: readonly (string | number)[], message: string, spec?: DataFrameSpec][] = [
    [7, [], "A table is a list of records or an object of columns, not 7."],
    [null, [], "A table is a list of records or an object of columns, not null."],
    ["a table", [], 'A table is a list of records or an object of columns, not "a table".'],
    [[{ a: 1 }, 5], [1], "A row is an object, as the first one is, not 5."],
    [[{ a: 1 }, [5]], [1], "A row is an object, as the first one is, not a list of 1."],
    [[[1], { a: 1 }], [1], "A row is a list, as the first one is, not an object.", { columns: ["a"] }],
    [[[1], [1, 2]], [1], "The table has 1 columns, but this row has 2 cells.", { columns: ["a"] }],
    [[[1]], [], "A table of lists needs the names of its columns, which this input does not declare: send records."],
    [{ a: 1 }, ["a"], "A column is a list of cells, not 1. A single row goes in a list."],
    [{ a: [1], b: [] }, ["b"], 'The column "b" has 0 cells, but "a" has 1.'],
  ];
  test.for(cases)("%j", ([value, path, message, spec]) => expect(problem(value, spec)).toEqual([[path, message]]));
});

test("rows that each bring a column of their own do not fill the memory", () => {
  const rows = Array.from({ length: 50_000 }, (_, index) => ({ [`c${index}`]: index }));
  expect(problem(rows)).toEqual([[[], "The rows have too little in common: 50000 rows of 50000 columns hold only 50000 values."]]);
});

test("any JSON is a table or an issue, and a table's own JSON is that table", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.option(fc.uniqueArray(fc.string(), { maxLength: 4 }), { nil: undefined }), (value, columns) => {
      const frame = parseDataFrame(value, { columns });
      if (!DataFrame.isDataFrame(frame)) {
        expect(frame).toHaveLength(1);
        return;
      }
      if (columns) expect(frame.columns).toEqual(columns);
      if (frame.columns.length === 0) return;
      expect(parsed(JSON.parse(JSON.stringify(frame)), { columns })).toEqual(JSON.parse(JSON.stringify(frame)));
    }),
    { numRuns: 500 },
  );
});

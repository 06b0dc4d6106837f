import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { BentoError } from "../errors.js";
import type { Column } from "./column.js";
import { DataFrame } from "./data-frame.js";

const people = DataFrame.fromRecords([
  { name: "Ada", age: 36 },
  { name: "Alan", age: 41 },
]);

function errorOf(action: () => unknown): BentoError {
  try {
    action();
  } catch (error) {
    if (BentoError.is(error)) return error;
    throw error;
  }
  throw new Error("It did not throw.");
}

describe("a table", () => {
  test("has columns, rows and a length", () => {
    expect(people.columns).toEqual(["name", "age"]);
    expect(people.length).toBe(2);
    expect(people.column("age")).toEqual([36, 41]);
    expect(people.row(1)).toEqual({ name: "Alan", age: 41 });
    expect(Array.from(people)).toEqual(people.records());
    expect(people.toColumns()).toEqual({ name: ["Ada", "Alan"], age: [36, 41] });
    expect(JSON.stringify(people)).toBe('[{"name":"Ada","age":36},{"name":"Alan","age":41}]');
  });

  test("is JSON by rows, with bytes as base64, dates as ISO text and no NaN", () => {
    const frame = DataFrame.fromColumns({
      bytes: [new Uint8Array([1, 2, 3]), null],
      when: [new Date(0), null],
      x: new Float32Array([0.5, Number.NaN]),
    });
    expect(JSON.parse(JSON.stringify(frame))).toEqual([
      { bytes: "AQID", when: "1970-01-01T00:00:00.000Z", x: 0.5 },
      { bytes: null, when: null, x: null },
    ]);
  });

  test("has null where a record lacks a column, or the column is undefined", () => {
    const frame = DataFrame.fromRecords<Record<string, unknown>>([{ a: 1 }, { b: undefined }, { a: 3, b: 4 }]);
    expect(frame.columns).toEqual(["a", "b"]);
    expect(frame.records()).toEqual([
      { a: 1, b: null },
      { a: null, b: null },
      { a: 3, b: 4 },
    ]);
  });

  test("takes what an object inherits for no column", () => {
    const frame = DataFrame.fromRecords<Record<string, unknown>>([{}], { columns: ["toString", "__proto__"] });
    expect(frame.column("toString")).toEqual([null]);
    expect(frame.column("__proto__")).toEqual([null]);
  });

  test("takes __proto__ for a name like any other", () => {
    const row = JSON.parse('{"__proto__":{"polluted":true}}') as Record<string, unknown>;
    const frame = DataFrame.fromRecords([row]);
    for (const copy of [frame.row(0), frame.toColumns()]) {
      expect(Object.keys(copy)).toEqual(["__proto__"]);
      expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
      expect("polluted" in copy).toBe(false);
    }
  });

  test("chooses and orders columns", () => {
    const options = { columns: ["c", "a"] };
    expect(DataFrame.fromRecords<Record<string, number>>([{ a: 1, b: 2 }], options).records()).toEqual([{ c: null, a: 1 }]);
    expect(DataFrame.fromColumns({ a: [1], b: [2] }, options).records()).toEqual([{ c: null, a: 1 }]);
    expect(DataFrame.fromColumns({ a: [1] }, options).columns).toEqual(["c", "a"]);
  });

  test("keeps the order of a Map's names", () => {
    const frame = DataFrame.fromColumns(
      new Map([
        ["2", [1]],
        ["1", [2]],
      ]),
    );
    expect(frame.columns).toEqual(["2", "1"]);
  });

  test("refuses what is no table, naming the columns", () => {
    expect(errorOf(() => DataFrame.fromColumns({ a: [1, 2], b: [1] }))).toMatchObject({
      code: "BENTO_INPUT_INVALID",
      message: 'The columns of a table have one length: "b" has 1 cells, "a" has 2.',
    });
    expect(errorOf(() => DataFrame.fromColumns({ a: "text" as never })).message).toContain('"a"');
    expect(errorOf(() => DataFrame.fromRecords([], { columns: ["a", "a"] })).message).toContain('"a" is there twice');
    expect(errorOf(() => DataFrame.fromColumns({}, { columns: ["a", "a"] })).message).toContain('"a" is there twice');
    expect(errorOf(() => people.column("agee" as never)).message).toBe('The table has no column "agee". It has "name", "age".');
    for (const index of [-1, 2, 0.5, Number.NaN]) expect(errorOf(() => people.row(index)).message).toContain(`no row ${index}`);
  });

  test("is known by its brand, whichever copy of the package made it", () => {
    expect(DataFrame.isDataFrame(people)).toBe(true);
    expect(DataFrame.isDataFrame({ [Symbol.for("bento.data-frame")]: true })).toBe(true);
    for (const other of [null, undefined, [], {}, "people"]) expect(DataFrame.isDataFrame(other)).toBe(false);
  });

  test("knows the types of its cells", () => {
    expectTypeOf(people).toEqualTypeOf<DataFrame<{ name: string; age: number }>>();
    expectTypeOf(people.column("name")).toEqualTypeOf<Column<string>>();
    expectTypeOf(people.row(0)).toEqualTypeOf<{ name: string; age: number }>();
    const frame = DataFrame.fromColumns({ id: new BigInt64Array(1), score: new Float32Array(1), label: ["a"] });
    expectTypeOf(frame.row(0)).toEqualTypeOf<{ id: bigint; score: number; label: string }>();
    // @ts-expect-error: there is no such column.
    expect(() => people.column("agee")).toThrow(BentoError);
  });
});

describe("slices and joins", () => {
  const numbers = DataFrame.fromColumns({ x: new Float32Array([1, 2, 3, 4]), y: ["a", "b", "c", "d"] });

  test("a slice shares the numbers and counts as an array's does", () => {
    const slice = numbers.slice(1, 3);
    expect(slice.records()).toEqual([
      { x: 2, y: "b" },
      { x: 3, y: "c" },
    ]);
    expect((slice.column("x") as unknown as Float32Array).buffer).toBe((numbers.column("x") as unknown as Float32Array).buffer);
  });

  test("every slice has the rows of the records' slice", () => {
    const position = fc.option(fc.integer({ min: -6, max: 6 }), { nil: undefined });
    fc.assert(
      fc.property(position, position, (start, end) => {
        expect(numbers.slice(start, end).records()).toEqual(numbers.records().slice(start, end));
      }),
    );
  });

  test("a join of the same typed arrays is one of them, any other a list", () => {
    const joined = DataFrame.concat([numbers.slice(0, 1), numbers.slice(2)]);
    expect(joined.column("x")).toEqual(new Float32Array([1, 3, 4]));
    const mixed = DataFrame.concat<{ x: number }>([DataFrame.fromColumns({ x: new Float32Array([1]) }), DataFrame.fromRecords([{ x: 2 }])]);
    expect(mixed.column("x")).toEqual([1, 2]);
    expect(DataFrame.concat([]).length).toBe(0);
  });

  test("a join has null where a table lacks a column", () => {
    const joined = DataFrame.concat<Record<string, unknown>>([DataFrame.fromRecords([{ a: 1 }]), DataFrame.fromRecords([{ b: 2 }])]);
    expect(joined.records()).toEqual([
      { a: 1, b: null },
      { a: null, b: 2 },
    ]);
  });

  test("what was cut is joined to the same table", () => {
    const cell = fc.oneof(fc.integer(), fc.string(), fc.constant(null));
    const rows = fc.array(fc.record({ a: cell, b: cell }), { maxLength: 20 });
    fc.assert(
      fc.property(rows, fc.nat(20), (records, cut) => {
        const frame = DataFrame.fromRecords(records, { columns: ["a", "b"] });
        expect(DataFrame.concat([frame.slice(0, cut), frame.slice(cut)]).records()).toEqual(records);
        expect(DataFrame.fromColumns(frame.toColumns()).records()).toEqual(records);
      }),
    );
  });

  test("tables with nothing in common do not fill the memory", () => {
    const parts = Array.from({ length: 5000 }, (_, index) => DataFrame.fromRecords<Record<string, number>>([{ [`c${index}`]: 1 }]));
    expect(errorOf(() => DataFrame.concat(parts))).toMatchObject({
      code: "BENTO_INPUT_INVALID",
      message: "The rows have too little in common: 5000 rows of 5000 columns hold only 5000 values.",
    });
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ColumnSource } from "../table/column.js";
import { DataFrame } from "../table/data-frame.js";
import { BentoError } from "../errors.js";
import { decodeArrowTable, encodeArrowTable } from "./table.js";

function roundTrip(column: ColumnSource): unknown {
  return decodeArrowTable(encodeArrowTable(DataFrame.fromColumns({ column }))).column("column");
}

describe("a column comes back as it was", () => {
  const columns: readonly (readonly [what: string, column: ColumnSource])[] = [
    ["bytes as numbers", new Uint8Array([0, 255])],
    ["int8", new Int8Array([-128, 127])],
    ["int16", new Int16Array([-32_768, 32_767])],
    ["uint16", new Uint16Array([65_535])],
    ["int32", new Int32Array([-(2 ** 31), 2 ** 31 - 1])],
    ["uint32", new Uint32Array([2 ** 32 - 1])],
    ["int64", new BigInt64Array([-(2n ** 63n), 2n ** 63n - 1n])],
    ["uint64", new BigUint64Array([2n ** 64n - 1n])],
    ["float32", new Float32Array([0.1, Number.NaN, Number.NEGATIVE_INFINITY])],
    ["float64", new Float64Array([-0, 0.1, Number.MAX_VALUE])],
    ["booleans", [true, false, null, true, true, true, true, true, true]],
    ["texts", ["plain", "", null, "ünïcödé", "\u{FEFF}bom", "漢字🙂"]],
    ["dates", [new Date("2026-11-22T12:34:56.789Z"), null, new Date("1969-12-31T23:59:59.999Z")]],
    ["bytes", [new Uint8Array([1, 2]), null, new Uint8Array()]],
    ["numbers with nulls", [1, null, 3]],
    ["fractions with nulls", [1.5, null, -0]],
    ["bigints with nulls", [1n, null, -(2n ** 63n)]],
    ["large bigints", new BigUint64Array([0n, 2n ** 64n - 1n])],
    ["nulls", [null, null]],
    ["lists", [[1, 2], [], null, [3]]],
    ["lists of lists of texts", [[["a"], []], [["b", "c"]], []]],
    ["lists of lists of dates", [[[new Date(5)], [null]]]],
    ["objects", [{ a: 1, b: [true] }, null, {}]],
    ["cells of several types", [1, "a", null, true, [{}]]],
    ["nothing", []],
  ];
  test.for(columns)("%s", ([, column]) => {
    expect(roundTrip(column)).toEqual(column);
    expect(decodeArrowTable(encodeArrowTable(DataFrame.fromColumns({ column }).slice(1))).column("column")).toEqual(column.slice(1));
  });
});

/** A cell as a list of any may hold it; numbers and bigints apart, because Arrow has them in one column of integers. */
const anyCell = fc.oneof(
  fc.boolean(),
  fc.string({ unit: "binary", maxLength: 5 }),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ maxLength: 3 }),
  fc.array(fc.integer(), { maxLength: 3 }),
  fc.array(fc.array(fc.option(fc.string({ maxLength: 2 })), { maxLength: 2 }), { maxLength: 2 }),
);

describe("any table comes back as it was", () => {
  const kinds = [
    fc.boolean(),
    fc.integer(),
    fc.double(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.string({ unit: "binary" }),
    anyCell,
  ];

  test("of cells of one kind, and of JSON where there are several", () => {
    const column = fc.constantFrom(...kinds).chain((kind) => fc.array(fc.option<unknown>(kind), { minLength: 5, maxLength: 5 }));
    const columns = fc.uniqueArray(fc.tuple(fc.string({ unit: "binary", maxLength: 4 }), column), {
      selector: ([name]) => name,
      maxLength: 5,
    });
    fc.assert(
      fc.property(columns, (given) => {
        const frame = decodeArrowTable(encodeArrowTable(DataFrame.fromColumns(new Map(given))));
        expect(frame.columns).toEqual(given.map(([name]) => name));
        for (const [name, cells] of given)
          expect(Array.from(frame.column(name))).toEqual(isOneKind(cells) ? cells : JSON.parse(JSON.stringify(cells)));
      }),
      { numRuns: 500 },
    );
  });

  test("or says which column holds too large an integer", () => {
    const frame = DataFrame.fromColumns({ id: [2n ** 64n, -1n] });
    expect(() => encodeArrowTable(frame)).toThrow(BentoError);
    expect(() => encodeArrowTable(frame)).toThrow('the column "id" has cells from -1 to 18446744073709551616');
  });
});

function isOneKind(cells: readonly unknown[]): boolean {
  const kinds = cells
    .filter((cell) => cell !== null)
    .map((cell) => (typeof cell === "object" ? Object.prototype.toString.call(cell) : typeof cell));
  return new Set(kinds).size < 2 && !(kinds[0] === "[object Array]" && new Set(cells.flat(3).map((item) => typeof item)).size > 1);
}

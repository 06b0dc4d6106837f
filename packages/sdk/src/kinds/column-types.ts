import { type BentoIssue, type Column, type ColumnSource, DataFrame } from "@bento/core";
import { type KindResult, valid } from "./kind.js";
import { show } from "./show.js";

interface CellTypes {
  number: number;
  string: string;
  boolean: boolean;
  bigint: bigint;
  date: Date;
}

/** The type of a column's cells. */
export type ColumnType = keyof CellTypes;
/** The columns of a table, in their order. */
export type ColumnTypes = Readonly<Record<string, ColumnType>>;
/** A row of such a table; any cell may be missing. */
export type TypedRow<C extends ColumnTypes> = { readonly [Name in keyof C]: CellTypes[C[Name]] | null };

/** Reads a cell; `undefined` where it is none of this type. JSON has neither bigints nor dates. */
const readers: { readonly [T in ColumnType]: (cell: unknown) => CellTypes[T] | undefined } = {
  // What is an integer of 64 bits in Arrow is a number in JSON.
  number: (cell) =>
    typeof cell === "number" ? cell : typeof cell === "bigint" && Number.isSafeInteger(Number(cell)) ? Number(cell) : undefined,
  string: (cell) => (typeof cell === "string" ? cell : undefined),
  boolean: (cell) => (typeof cell === "boolean" ? cell : undefined),
  bigint: (cell) => {
    if (typeof cell === "bigint") return cell;
    if (typeof cell === "number") return Number.isSafeInteger(cell) ? BigInt(cell) : undefined;
    return typeof cell === "string" && /^-?\d{1,1000}$/.test(cell) ? BigInt(cell) : undefined;
  },
  date: (cell) => {
    if (typeof cell !== "string" && !(cell instanceof Date)) return undefined;
    const date = new Date(cell);
    return Number.isNaN(date.getTime()) ? undefined : date;
  },
};

/** Whether a value is the name of a type. */
export function isColumnType(value: unknown): value is ColumnType {
  return typeof value === "string" && Object.hasOwn(readers, value);
}

/** Issues beyond these help nobody. */
const mostIssues = 20;

/**
 * The table with its cells as their types say, or what is wrong with them. NaN is a number, and elsewhere a cell that is
 * missing, as pandas writes one.
 */
export function checkColumns(frame: DataFrame, types: ColumnTypes): KindResult<DataFrame> {
  const columns = new Map<string, ColumnSource>();
  const issues: BentoIssue[] = [];
  for (const name of frame.columns) {
    const type = types[name] as ColumnType;
    columns.set(name, readColumn(name, frame.column(name), type, issues));
  }
  return issues.length > 0 ? { issues } : valid(DataFrame.fromColumns(columns));
}

function readColumn(name: string, column: Column, type: ColumnType, issues: BentoIssue[]): ColumnSource {
  if (ArrayBuffer.isView(column) && typeof column[0] === type) return column as unknown as ColumnSource;
  const read = readers[type];
  return Array.from(column, (cell, row) => {
    const value = cell === null || (type !== "number" && Number.isNaN(cell)) ? null : read(cell);
    if (value === undefined && issues.length < mostIssues)
      issues.push({
        path: [row, name],
        message: `Expected a ${type} in column ${JSON.stringify(name)}, got ${show(cell)}`,
        code: "invalid_type",
      });
    return value;
  });
}

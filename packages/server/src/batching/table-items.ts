import { type ColumnSource, DataFrame } from "@bento/core";

import { copyTyped, isTypedArray } from "./typed-array.js";

/** Whether two tables can be one: with the same columns, in the same order. */
export function areAlikeTables(a: DataFrame, b: DataFrame): boolean {
  return a.columns.length === b.columns.length && a.columns.every((name, at) => name === b.columns[at]);
}

/** The rows from `start` to before `end`, in memory of their own. */
export function sliceTable(table: DataFrame, start: number, end: number): DataFrame {
  return DataFrame.fromColumns(new Map(table.columns.map((name) => [name, sliceColumn(columnOf(table, name), start, end)])));
}

/** A column as it was made. */
export function columnOf(table: DataFrame, name: string): ColumnSource {
  return table.column(name) as unknown as ColumnSource;
}

function sliceColumn(column: ColumnSource, start: number, end: number): ColumnSource {
  return isTypedArray(column) ? copyTyped(column, start, end) : column.slice(start, end);
}

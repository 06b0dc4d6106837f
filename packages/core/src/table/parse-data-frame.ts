import type { BentoIssue } from "../errors.js";
import { isColumnSource, type ColumnSource } from "./column.js";
import { type AnyRow, DataFrame } from "./data-frame.js";
import { describeSparse, isSparse } from "./sparse.js";

/** What a table must be like. */
export interface DataFrameSpec {
  /** The columns that it gets, in this order: others are dropped, absent ones are `null`. Without it, all that came. */
  readonly columns?: readonly string[] | undefined;
}

/**
 * A table from what a caller sent: a list of records, a list of lists (if the columns are known), an object of columns,
 * or a DataFrame. An empty list is a table without rows.
 * @returns the table, or what is wrong: the first bad row or column, as a path into the value
 * @source BentoML src/_bentoml_sdk/validators.py; differs: rows of lists must be as long as the columns are many, and
 * absent cells are `null`, as NaN is for numbers only.
 */
export function parseDataFrame(value: unknown, spec: DataFrameSpec = {}): DataFrame | BentoIssue[] {
  if (DataFrame.isDataFrame(value)) return spec.columns ? pick(value, spec.columns) : value;
  if (Array.isArray(value)) return parseRows(value, spec.columns);
  if (typeof value === "object" && value !== null) return parseColumns(value as AnyRow, spec.columns);
  return issue([], `A table is a list of records or an object of columns, not ${describe(value)}.`);
}

function pick(frame: DataFrame, columns: readonly string[]): DataFrame {
  const given = new Set(frame.columns);
  const kept = columns.filter((name) => given.has(name));
  if (kept.length === 0) return nulls(frame.length, columns);
  return DataFrame.fromColumns(new Map(kept.map((name) => [name, frame.column(name) as unknown as ColumnSource])), { columns });
}

function parseRows(rows: readonly unknown[], columns: readonly string[] | undefined): DataFrame | BentoIssue[] {
  return Array.isArray(rows[0]) ? parseLists(rows, columns) : parseRecords(rows, columns);
}

function parseRecords(rows: readonly unknown[], columns: readonly string[] | undefined): DataFrame | BentoIssue[] {
  const names = new Set<string>();
  let given = 0;
  for (const [at, row] of rows.entries()) {
    if (!isRecord(row)) return issue([at], `A row is an object, as the first one is, not ${describe(row)}.`);
    if (columns) continue;
    for (const name of Object.keys(row)) {
      names.add(name);
      given++;
    }
  }
  if (isSparse(rows.length, names.size, given)) return issue([], describeSparse(rows.length, names.size, given));
  return DataFrame.fromRecords(rows as AnyRow[], { columns: columns ?? Array.from(names) });
}

function parseLists(rows: readonly unknown[], columns: readonly string[] | undefined): DataFrame | BentoIssue[] {
  if (!columns) return issue([], "A table of lists needs the names of its columns, which this input does not declare: send records.");
  for (const [at, row] of rows.entries()) {
    if (!Array.isArray(row)) return issue([at], `A row is a list, as the first one is, not ${describe(row)}.`);
    if (row.length !== columns.length) {
      return issue([at], `The table has ${columns.length} columns, but this row has ${row.length} cells.`);
    }
  }
  const lists = rows as readonly (readonly unknown[])[];
  return DataFrame.fromColumns(new Map(columns.map((name, column) => [name, lists.map((row) => row[column])])));
}

function parseColumns(value: AnyRow, columns: readonly string[] | undefined): DataFrame | BentoIssue[] {
  const given = new Map<string, ColumnSource>();
  let first: [name: string, length: number] | undefined;
  for (const [name, column] of Object.entries(value)) {
    if (!isColumnSource(column)) return issue([name], `A column is a list of cells, not ${describe(column)}. A single row goes in a list.`);
    first ??= [name, column.length];
    if (column.length !== first[1]) {
      return issue([name], `The column "${name}" has ${column.length} cells, but "${first[0]}" has ${first[1]}.`);
    }
    given.set(name, column);
  }
  return DataFrame.fromColumns(given, columns ? { columns } : {});
}

function nulls(length: number, columns: readonly string[]): DataFrame {
  return DataFrame.fromRecords(
    Array.from({ length }, () => ({})),
    { columns },
  );
}

function isRecord(value: unknown): value is AnyRow {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function issue(path: readonly (string | number)[], message: string): BentoIssue[] {
  return [{ path, message, code: "invalid_dataframe" }];
}

const shownLength = 40;

function describe(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const text = typeof value === "bigint" ? String(value) : (JSON.stringify(value) ?? typeof value);
  return text.length > shownLength ? `${text.slice(0, shownLength)}...` : text;
}

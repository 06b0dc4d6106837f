import { DataFrame, parseDataFrame } from "@bento/core";
import type * as z from "zod/v4";
import { type ColumnType, type ColumnTypes, checkColumns, isColumnType, type TypedRow } from "./column-types.js";
import { refuse } from "./definition-error.js";
import { makeKind, valid } from "./kind.js";

/** Options of {@link dataframe}. */
export interface DataFrameOptions {
  /** How the table is written as JSON: a list of rows, or an object of columns. What comes in may be either. @default "records" */
  readonly orient?: "records" | "columns" | undefined;
}

/** A row of a table with these columns. */
export type RowOf<C extends ColumnTypes | readonly string[]> = C extends readonly string[]
  ? Readonly<Record<C[number], unknown>>
  : C extends ColumnTypes
    ? TypedRow<C>
    : Readonly<Record<string, unknown>>;

/** What a caller may give where a table is meant, and a method where it returns one. */
export type DataFrameInput<Row extends object> =
  | DataFrame<Row>
  | readonly Partial<Row>[]
  | { readonly [Name in keyof Row]?: ArrayLike<Row[Name]> };

/**
 * A table: callers send a `DataFrame`, a list of rows or an object of columns; the method gets a `DataFrame`. As an output
 * the same, the other way round.
 *
 * ```ts
 * const People = z.object({ people: dataframe({ name: "string", age: "number" }) });
 * ```
 * @param columns the columns that it has: their names, or names and types. Others are dropped, absent ones are `null`.
 *   @default all that come
 * @throws BENTO_SERVICE_INVALID for what is no type of a column
 */
export function dataframe<const C extends ColumnTypes | readonly string[] = readonly string[]>(
  columns?: C,
  { orient = "records" }: DataFrameOptions = {},
): z.ZodType<DataFrame<RowOf<C>>, DataFrameInput<RowOf<C>>> {
  if (orient !== "records" && orient !== "columns") throw refuse("dataframe", "orient", orient, 'Say "records" or "columns".');
  const isTyped = columns !== undefined && !Array.isArray(columns);
  const names = isTyped ? Object.keys(columns) : (columns as readonly string[] | undefined);
  const types = isTyped ? checkTypes(columns as ColumnTypes) : undefined;
  const document = {
    type: "dataframe",
    orient,
    ...(names === undefined ? {} : { columns: names }),
    ...(types === undefined ? {} : { "x-bento-columns": types }),
  };
  return makeKind<DataFrame<RowOf<C>>, DataFrameInput<RowOf<C>>>({
    document,
    read: (value) => {
      const frame = parseDataFrame(value, { columns: names });
      if (!DataFrame.isDataFrame(frame)) return { issues: frame };
      const typed = types === undefined ? valid(frame) : checkColumns(frame, types);
      return typed as ReturnType<typeof valid<DataFrame<RowOf<C>>>>;
    },
  });
}

function checkTypes(types: ColumnTypes): ColumnTypes {
  for (const [name, type] of Object.entries<ColumnType>(types)) {
    if (!isColumnType(type))
      throw refuse("dataframe", `column ${JSON.stringify(name)}`, type, 'Say "number", "string", "boolean", "bigint" or "date".');
  }
  return types;
}

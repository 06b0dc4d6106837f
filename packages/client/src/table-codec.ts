import { type ColumnSource, DataFrame, type JsonSchema, parseDataFrame } from "@bento/core";

/** The table of what JSON made of one, its cells as its columns' types say; what is none stays as it came. */
export function toTable(value: unknown, { columns, "x-bento-columns": types }: JsonSchema): unknown {
  if (value === null) return null;
  const frame = parseDataFrame(value, { columns: Array.isArray(columns) ? (columns as string[]) : undefined });
  if (!DataFrame.isDataFrame(frame)) return value;
  const typed = Object.entries(typeof types === "object" && types !== null ? types : {}).filter(
    ([name, type]) => frame.columns.includes(name) && (type === "date" || type === "bigint"),
  );
  if (typed.length === 0) return frame;
  const cells = new Map<string, ColumnSource>(frame.columns.map((name) => [name, frame.column(name) as ColumnSource]));
  for (const [name, type] of typed) cells.set(name, Array.from(frame.column(name), type === "date" ? toDate : toBigint));
  return DataFrame.fromColumns(cells);
}

function toDate(cell: unknown): unknown {
  const date = typeof cell === "string" || typeof cell === "number" ? new Date(cell) : undefined;
  return date === undefined || Number.isNaN(date.getTime()) ? cell : date;
}

function toBigint(cell: unknown): unknown {
  if (typeof cell === "number") return Number.isInteger(cell) ? BigInt(cell) : cell;
  return typeof cell === "string" && /^-?\d{1,1000}$/.test(cell) ? BigInt(cell) : cell;
}

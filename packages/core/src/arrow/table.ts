import { type ColumnPart, type ColumnSource, joinColumns } from "../table/column.js";
import { type AnyRow, DataFrame } from "../table/data-frame.js";
import { cellsOf } from "./cells.js";
import { inferShape } from "./infer.js";
import { malformed } from "./malformed.js";
import { readArrowStream } from "./read-stream.js";
import type { ArrowSchema } from "./schema.js";
import { writeCells, type WrittenColumns, writeField } from "./write-column.js";
import { joinParts, writeArrowStream } from "./write-stream.js";

/** A cell takes at least a pointer: that is as much memory for each byte as empty objects in JSON take. */
const cellsPerByte = 4;

/** The media type of an Arrow IPC stream. */
export const arrowType = "application/vnd.apache.arrow.stream";

/**
 * The table as an Arrow IPC stream, which pyarrow, pandas and polars read.
 *
 * A typed array is a column of its numbers. A list is one of what its cells have in common: whole numbers of 32 bits,
 * else doubles; bigints; booleans; texts; Dates, as timestamps in UTC; Uint8Arrays; lists of these. What Arrow has no
 * type for, such as objects and cells of several types, goes as JSON, in a column that says so.
 * @throws BENTO_INPUT_INVALID naming the column, for a bigint of more than 64 bits, and a column of more than 2 GiB
 */
export function encodeArrowTable(frame: DataFrame<object>): Uint8Array {
  const target: WrittenColumns = { nodes: [], buffers: [] };
  const fields = frame.columns.map((name) => {
    const column = frame.column(name as never) as unknown as ColumnSource;
    const shape = inferShape(name, column);
    writeCells(name, column, shape, target);
    return writeField(name, shape);
  });
  return joinParts(writeArrowStream({ ...target, fields, metadata: [], length: frame.length }));
}

/**
 * The table in an Arrow IPC stream, such as pyarrow and pandas write, and polars at its oldest compatibility level.
 *
 * Columns of numbers without nulls become typed arrays, which are views of `bytes` where that is possible; 64-bit
 * integers are bigints, dates and timestamps Dates to the millisecond, times of day and durations milliseconds, decimals
 * their digits, categories what they stand for. The unnamed index of a DataFrame of pandas is left out.
 * @throws BENTO_BAD_REQUEST for what is no such stream, or one that lies, in time and memory bounded by its length
 */
export function decodeArrowTable(bytes: Uint8Array): DataFrame {
  const { schema, batches } = readArrowStream(bytes, cellsPerByte);
  const kept = schema.fields.map((field, index) => ({ name: field.name, index })).filter(({ name }) => !isIndex(name, schema));
  const parts: ColumnPart[][] = kept.map(() => []);
  let length = 0;
  for (const { vectors, length: rows, dictionaries } of batches) {
    length += rows;
    for (const [at, { index }] of kept.entries()) {
      const vector = vectors[index];
      if (vector) parts[at]?.push({ column: cellsOf(vector, dictionaries), length: rows });
    }
  }
  const columns = new Map(kept.map(({ name }, at) => [name, joinColumns(parts[at] ?? [], length)]));
  if (columns.size !== kept.length) throw malformed("two of its columns have the same name.", "Name each column differently.");
  if (columns.size === 0) return DataFrame.fromRecords(Array.from({ length }, (): AnyRow => ({})));
  return DataFrame.fromColumns(columns);
}

/** pandas writes an index without a name as a column after the others. */
function isIndex(name: string, { metadata }: ArrowSchema): boolean {
  return metadata.has("pandas") && /^__index_level_\d+__$/.test(name);
}

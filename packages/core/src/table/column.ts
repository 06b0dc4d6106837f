/** An array of numbers whose elements lie side by side in a buffer. */
export type NumberArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** The cells of one column as they are read: by index, or one after the other. */
export interface Column<Cell = unknown> extends Iterable<Cell> {
  readonly length: number;
  readonly [index: number]: Cell;
}

/** What a column can be made of: a list with any cells, or numbers in a buffer. */
export type ColumnSource = readonly unknown[] | NumberArray;

type NumberArrayType = new (length: number) => NumberArray;

/** Whether a value can be a column as it is. */
export function isColumnSource(value: unknown): value is ColumnSource {
  return Array.isArray(value) || isNumberArray(value);
}

/** Rows `start` to `end` of a column: a view of numbers in a buffer, a copy of a list. */
export function sliceColumn(column: ColumnSource, start: number, end: number): ColumnSource {
  return isNumberArray(column) ? column.subarray(start, end) : column.slice(start, end);
}

/** The cells of a column as a list of its own, in which what is undefined is null. */
export function cellsOf(column: ColumnSource): unknown[] {
  return Array.from(column as ArrayLike<unknown>, orNull);
}

/** A stretch of a joined column; without a column its rows are null. */
export interface ColumnPart {
  readonly column: ColumnSource | undefined;
  readonly length: number;
}

/** One column of several, in order: numbers in a buffer if all parts are of the same array type, else a list. A single one is itself. */
export function joinColumns(parts: readonly ColumnPart[], length: number): ColumnSource {
  // Without rows it is as empty as the first.
  if (length === 0) return parts.find((part) => part.column)?.column ?? [];
  const filled = parts.filter((part) => part.length > 0);
  if (filled.length === 1 && filled[0]?.column) return filled[0].column;
  const type = numberArrayTypeOf(filled);
  let at = 0;
  if (type) {
    const joined = new type(length);
    for (const part of filled) {
      // All parts are of this type, which the compiler cannot follow.
      joined.set(part.column as never, at);
      at += part.length;
    }
    return joined;
  }
  const joined = Array.from<unknown>({ length }).fill(null);
  for (const { column, length: rows } of filled) {
    if (column) for (let row = 0; row < rows; row++) joined[at + row] = orNull(column[row]);
    at += rows;
  }
  return joined;
}

/** A cell as tables hold it: nothing at all is null. */
export function orNull(cell: unknown): unknown {
  return cell === undefined ? null : cell;
}

function isNumberArray(value: unknown): value is NumberArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function numberArrayTypeOf(parts: readonly ColumnPart[]): NumberArrayType | undefined {
  const first = parts[0]?.column;
  if (!isNumberArray(first)) return undefined;
  // A subclass such as Buffer is not to be made here: it stands for the array it extends.
  const tag = first[Symbol.toStringTag];
  const isSame = parts.every(({ column }) => isNumberArray(column) && column[Symbol.toStringTag] === tag);
  return isSame ? numberArrayTypes[tag] : undefined;
}

const numberArrayTypes: Readonly<Record<NumberArray[typeof Symbol.toStringTag], NumberArrayType>> = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
};

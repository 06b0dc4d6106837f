import { encodeBase64 } from "../base64.js";
import { BentoError } from "../errors.js";
import { cellsOf, type Column, type ColumnSource, isColumnSource, joinColumns, orNull, sliceColumn } from "./column.js";
import { describeSparse, isSparse } from "./sparse.js";

const brand: unique symbol = Symbol.for("bento.data-frame") as never;

/** Any object as a row: its keys are columns. */
export type AnyRow = Record<string, unknown>;

/** The row that an object of columns describes. */
export type RowOf<Columns> = { [Name in keyof Columns]: Columns[Name] extends ArrayLike<infer Cell> ? Cell : never };

/**
 * A table with named columns, which are held one by one: the counterpart of a DataFrame of pandas, without an index.
 *
 * Cells are whatever JSON, Arrow or a program put there; a cell that is not there is `null`. Immutable by convention:
 * columns given are not copied, and {@link DataFrame.slice} shares the numbers of its columns.
 *
 * ```ts
 * const people = DataFrame.fromRecords([{ name: "Ada", age: 36 }, { name: "Alan", age: 41 }]);
 * people.column("age"); // [36, 41]
 * for (const { name } of people) console.log(name);
 * ```
 */
export class DataFrame<Row extends object = AnyRow> implements Iterable<Row> {
  /** The names of the columns, in order. */
  readonly columns: readonly string[];
  /** How many rows there are. */
  readonly length: number;
  readonly #columns: ReadonlyMap<string, ColumnSource>;
  readonly #list: readonly ColumnSource[];

  private constructor(columns: ReadonlyMap<string, ColumnSource>, length: number) {
    this.columns = Object.freeze(Array.from(columns.keys()));
    this.length = length;
    this.#columns = columns;
    this.#list = Array.from(columns.values());
  }

  get [brand](): true {
    return true;
  }

  /** Whether a value is a DataFrame, of this or another copy of the package. */
  static isDataFrame(value: unknown): value is DataFrame {
    return typeof value === "object" && value !== null && (value as { [brand]?: unknown })[brand] === true;
  }

  /**
   * A table of rows. A row's columns are its own properties; where a row lacks one, the cell is `null`.
   * @param options `columns`: which columns, and in which order; else all, in the order in which they first appear
   * @throws BENTO_INPUT_INVALID when `columns` names one twice
   */
  static fromRecords<Row extends object = AnyRow>(
    rows: readonly Row[],
    options: { readonly columns?: readonly string[] } = {},
  ): DataFrame<Row> {
    const names = options.columns ?? namesOf(rows);
    const columns = new Map<string, ColumnSource>();
    for (const name of names) {
      if (columns.has(name)) throw twice(name);
      columns.set(
        name,
        rows.map((row) => (Object.hasOwn(row, name) ? orNull((row as AnyRow)[name]) : null)),
      );
    }
    return new DataFrame(columns, rows.length);
  }

  /**
   * A table of columns: lists of any cells, or typed arrays of numbers, all of the same length. A Map keeps the order
   * of its names; an object puts names such as "0" first, as JavaScript does.
   * @param options `columns`: which columns, and in which order, absent ones being `null`; else all
   * @throws BENTO_INPUT_INVALID when lengths differ, or `columns` names one twice
   */
  static fromColumns<Columns extends Readonly<Record<string, ColumnSource>>>(
    columns: Columns | ReadonlyMap<string, ColumnSource>,
    options: { readonly columns?: readonly string[] } = {},
  ): DataFrame<RowOf<Columns>> {
    const given: ReadonlyMap<string, ColumnSource> = columns instanceof Map ? columns : new Map(Object.entries(columns));
    const length = commonLength(given);
    if (!options.columns) return new DataFrame(new Map(given), length);
    const chosen = new Map<string, ColumnSource>();
    for (const name of options.columns) {
      if (chosen.has(name)) throw twice(name);
      chosen.set(name, given.get(name) ?? joinColumns([], length));
    }
    return new DataFrame(chosen, length);
  }

  /**
   * The rows of several tables, one after the other. A column that only some of them have is `null` in the others' rows;
   * it stays a typed array where all of them have the same one.
   * @throws BENTO_INPUT_INVALID when the tables have so little in common that nearly all of the joined one were `null`
   */
  static concat<Row extends object>(parts: readonly DataFrame<Row>[]): DataFrame<Row> {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const names = new Set(parts.flatMap((part) => part.columns));
    const given = parts.reduce((sum, part) => sum + part.length * part.columns.length, 0);
    if (isSparse(length, names.size, given)) throw new BentoError("BENTO_INPUT_INVALID", describeSparse(length, names.size, given));
    const sources = parts.map(sourcesOf);
    const columns = new Map<string, ColumnSource>();
    for (const name of names) {
      const ofParts = parts.map((part, at) => ({ column: sources[at]?.get(name), length: part.length }));
      columns.set(name, joinColumns(ofParts, length));
    }
    return new DataFrame(columns, length);
  }

  /**
   * The cells of a column: a list, or the typed array that it was made of. Not a copy.
   * @throws BENTO_INPUT_INVALID when there is no such column
   */
  column<Name extends keyof Row & string>(name: Name): Column<Row[Name]> {
    const column = this.#columns.get(name);
    if (!column) {
      throw new BentoError("BENTO_INPUT_INVALID", `The table has no column "${name}". It has ${listed(this.columns)}.`, {
        hint: "Name the columns where the input is declared: those that are absent then are null.",
      });
    }
    return column as Column as Column<Row[Name]>;
  }

  /**
   * One row as an object of its own.
   * @param index from 0
   * @throws BENTO_INPUT_INVALID when there is no such row
   */
  row(index: number): Row {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new BentoError("BENTO_INPUT_INVALID", `The table has no row ${index}. It has ${this.length} rows, counted from 0.`);
    }
    return this.#row(index);
  }

  /** All rows, each an object of its own. */
  records(): Row[] {
    return Array.from({ length: this.length }, (_, index) => this.#row(index));
  }

  /** All columns, each a plain list of its own. What JSON calls the table in the orient "columns". */
  toColumns(): Record<string, unknown[]> {
    // Unlike an assignment this takes "__proto__" for a name like any other.
    return Object.fromEntries(this.columns.map((name, at) => [name, cellsOf(this.#list[at] ?? [])]));
  }

  /**
   * The rows from `start` up to and without `end`, both as in Array.prototype.slice. Typed arrays are shared, not copied.
   */
  slice(start?: number, end?: number): DataFrame<Row> {
    const from = position(start ?? 0, this.length);
    const to = Math.max(from, position(end ?? this.length, this.length));
    const columns = new Map<string, ColumnSource>();
    for (const [name, column] of this.#columns) columns.set(name, sliceColumn(column, from, to));
    return new DataFrame(columns, to - from);
  }

  /** The rows, each made when it is reached. */
  *[Symbol.iterator](): Generator<Row, void, undefined> {
    for (let index = 0; index < this.length; index++) yield this.#row(index);
  }

  /** The rows: JSON's form of a table in the orient "records". Cells that are bytes are their base64. */
  toJSON(): object[] {
    return Array.from({ length: this.length }, (_, index) => this.#row(index, withoutBytes));
  }

  #row(index: number, written: (cell: unknown) => unknown = orNull): Row {
    const row: AnyRow = {};
    for (let at = 0; at < this.columns.length; at++) {
      const name = this.columns[at] ?? "";
      const cell = written(this.#list[at]?.[index]);
      if (name === "__proto__") Object.defineProperty(row, name, { value: cell, enumerable: true, configurable: true, writable: true });
      else row[name] = cell;
    }
    return row as Row;
  }
}

function withoutBytes(cell: unknown): unknown {
  return cell instanceof Uint8Array ? encodeBase64(cell) : orNull(cell);
}

/** The columns of a table, which may be of another copy of the package: by what is public. */
function sourcesOf(frame: DataFrame<object>): Map<string, ColumnSource> {
  return new Map(frame.columns.map((name) => [name, frame.column(name as never) as Column as ColumnSource]));
}

function namesOf(rows: readonly object[]): Set<string> {
  const names = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row)) names.add(name);
  return names;
}

function commonLength(columns: ReadonlyMap<string, ColumnSource>): number {
  let first: [name: string, length: number] | undefined;
  for (const [name, column] of columns) {
    if (!isColumnSource(column)) {
      throw new BentoError("BENTO_INPUT_INVALID", `The column "${name}" is neither a list nor a typed array.`);
    }
    first ??= [name, column.length];
    if (column.length === first[1]) continue;
    throw new BentoError(
      "BENTO_INPUT_INVALID",
      `The columns of a table have one length: "${name}" has ${column.length} cells, "${first[0]}" has ${first[1]}.`,
    );
  }
  return first?.[1] ?? 0;
}

function position(index: number, length: number): number {
  const whole = Math.trunc(index) || 0;
  return whole < 0 ? Math.max(0, length + whole) : Math.min(whole, length);
}

function twice(name: string): BentoError {
  return new BentoError("BENTO_INPUT_INVALID", `The columns of a table have names of their own: "${name}" is there twice.`);
}

const namesShown = 20;

function listed(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const shown = names.slice(0, namesShown).map((name) => `"${name}"`);
  if (names.length > namesShown) shown.push(`${names.length - namesShown} more`);
  return shown.join(", ");
}

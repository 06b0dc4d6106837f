import { BentoError } from "../errors.js";
import { type ColumnPart, type ColumnSource, isColumnSource, joinColumns } from "../table/column.js";
import type { WrittenType } from "./arrow-type.js";

/** How a field is written: its type, and that of what it holds many of. */
export interface FieldShape {
  /** `json`: as JSON texts, which have a name of their own in Arrow. */
  readonly type: WrittenType | { readonly kind: "json" };
  readonly items?: FieldShape;
}

/** How a column of cells is written: as numbers, texts and so on, or as lists of what `items` says. */
export interface ColumnShape extends FieldShape {
  readonly type: Exclude<FieldShape["type"], { readonly kind: "fixed-list" }>;
  readonly items?: ColumnShape;
}

/** Lists nested deeper than this go as JSON. */
const maxDepth = 16;

const arrayTypes: Readonly<Record<string, ColumnShape["type"]>> = {
  Int8Array: { kind: "int", bits: 8, signed: true },
  Uint8Array: { kind: "int", bits: 8, signed: false },
  Uint8ClampedArray: { kind: "int", bits: 8, signed: false },
  Int16Array: { kind: "int", bits: 16, signed: true },
  Uint16Array: { kind: "int", bits: 16, signed: false },
  Int32Array: { kind: "int", bits: 32, signed: true },
  Uint32Array: { kind: "int", bits: 32, signed: false },
  BigInt64Array: { kind: "int", bits: 64, signed: true },
  BigUint64Array: { kind: "int", bits: 64, signed: false },
  Float32Array: { kind: "float", bits: 32 },
  Float64Array: { kind: "float", bits: 64 },
};

/** The type that a column's cells have in common; what has none in Arrow goes as JSON. */
export function inferShape(name: string, column: ColumnSource, depth = 0): ColumnShape {
  if (!isList(column)) return { type: arrayTypes[column[Symbol.toStringTag]] ?? { kind: "json" } };
  const kinds = new Set<CellKind>();
  for (const cell of column) if (cell !== null && cell !== undefined) kinds.add(kindOf(cell));
  if (kinds.has("bigint")) return { type: bigintType(name, column, kinds) };
  if (kinds.size === 2 && kinds.has("integer") && kinds.has("number")) kinds.delete("integer");
  const [kind = "nothing", ...others] = kinds;
  if (others.length > 0 || kind === "bigint") return { type: { kind: "json" } };
  return kind === "list" ? listShape(name, column, depth) : { type: simpleTypes[kind] };
}

type CellKind = "boolean" | "integer" | "number" | "bigint" | "text" | "date" | "bytes" | "list" | "other";

const simpleTypes: Readonly<Record<Exclude<CellKind, "bigint" | "list"> | "nothing", ColumnShape["type"]>> = {
  nothing: { kind: "null" },
  boolean: { kind: "bool" },
  integer: { kind: "int", bits: 32, signed: true },
  number: { kind: "float", bits: 64 },
  text: { kind: "text" },
  date: { kind: "timestamp" },
  bytes: { kind: "binary" },
  other: { kind: "json" },
};

function kindOf(cell: unknown): CellKind {
  if (typeof cell === "number") return Object.is(cell | 0, cell) ? "integer" : "number";
  if (typeof cell === "string") return "text";
  if (typeof cell === "boolean" || typeof cell === "bigint") return typeof cell as "boolean" | "bigint";
  if (cell instanceof Date) return "date";
  if (cell instanceof Uint8Array) return "bytes";
  return isColumnSource(cell) ? "list" : "other";
}

function listShape(name: string, column: readonly unknown[], depth: number): ColumnShape {
  if (depth === maxDepth) return { type: { kind: "json" } };
  const items = inferShape(name, itemsOf(column as readonly (ColumnSource | null)[]), depth + 1);
  return items.type.kind === "json" ? { type: items.type } : { type: { kind: "list" }, items };
}

/** The items of all lists of a column, one after the other. */
export function itemsOf(lists: readonly (ColumnSource | null | undefined)[]): ColumnSource {
  const parts: ColumnPart[] = [];
  let length = 0;
  for (const column of lists) {
    if (!column) continue;
    parts.push({ column, length: column.length });
    length += column.length;
  }
  return joinColumns(parts, length);
}

const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const uint64 = { min: 0n, max: 2n ** 64n - 1n };

function bigintType(name: string, column: readonly unknown[], kinds: ReadonlySet<CellKind>): ColumnShape["type"] {
  for (const kind of kinds) if (kind !== "bigint" && kind !== "integer") return { kind: "json" };
  let [min, max] = [0n, 0n];
  for (const cell of column as readonly (number | bigint | null)[]) {
    const value = BigInt(cell ?? 0);
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (min >= int64.min && max <= int64.max) return { kind: "int", bits: 64, signed: true };
  if (min >= uint64.min && max <= uint64.max) return { kind: "int", bits: 64, signed: false };
  throw new BentoError("BENTO_INPUT_INVALID", `Arrow's integers have 64 bits, but the column "${name}" has cells from ${min} to ${max}.`, {
    hint: "Write them as text.",
  });
}

function isList(column: ColumnSource): column is readonly unknown[] {
  return Array.isArray(column);
}

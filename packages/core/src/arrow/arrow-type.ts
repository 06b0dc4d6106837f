import type { FlatTable } from "./flat-reader.js";
import { flat, type FlatField } from "./flat-writer.js";
import { malformed, unsupported } from "./malformed.js";

/** What a tick of a time stands for. */
export type TimeUnit = "s" | "ms" | "us" | "ns";

/** The types of Arrow that are read here; those that are written are among them. */
export type ArrowType =
  | { readonly kind: "null" | "bool" | "struct" }
  | { readonly kind: "int"; readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean }
  | { readonly kind: "float"; readonly bits: 16 | 32 | 64 }
  | { readonly kind: "text" | "binary" | "list"; readonly large: boolean }
  | { readonly kind: "fixed-binary"; readonly bytes: number }
  | { readonly kind: "fixed-list"; readonly size: number }
  | { readonly kind: "decimal"; readonly bytes: number; readonly scale: number }
  | { readonly kind: "date"; readonly unit: "day" | "ms" }
  | { readonly kind: "time"; readonly unit: TimeUnit; readonly bits: 32 | 64 }
  | { readonly kind: "timestamp" | "duration"; readonly unit: TimeUnit };

/** The types that are written. */
export type WrittenType =
  | { readonly kind: "null" | "bool" | "text" | "binary" | "timestamp" | "list" }
  | { readonly kind: "int"; readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean }
  | { readonly kind: "float"; readonly bits: 16 | 32 | 64 }
  | { readonly kind: "fixed-list"; readonly size: number };

const units = ["s", "ms", "us", "ns"] as const;
const floatBits = [16, 32, 64] as const;

/** Numbers of the union `Type` of Arrow's schema, by name where they are not read. */
const names = [
  ["interval", 11],
  ["union", 14],
  ["map", 17],
  ["run-end encoded", 22],
  ["binary view", 23],
  ["text view", 24],
  ["list view", 25],
  ["large list view", 26],
] as const;

/** Views are the newest types, which polars writes by default. */
const firstView = 23;

/**
 * A type as it stands in a schema.
 * @source https://github.com/apache/arrow/blob/main/format/Schema.fbs
 */
export function readType(id: number, table: FlatTable | undefined, column: string): ArrowType {
  if (!table) throw malformed(`the column ${JSON.stringify(column)} has no type.`);
  switch (id) {
    case 1:
      return { kind: "null" };
    case 2:
      return { kind: "int", bits: oneOf([8, 16, 32, 64], table.int32(0, 0), column), signed: table.int8(1, 0) !== 0 };
    case 3:
      return { kind: "float", bits: at(floatBits, table.int16(0, 0), column) };
    case 4:
    case 19:
      return { kind: "binary", large: id === 19 };
    case 5:
    case 20:
      return { kind: "text", large: id === 20 };
    case 6:
      return { kind: "bool" };
    case 7:
      return { kind: "decimal", bytes: oneOf([32, 64, 128, 256], table.int32(2, 128), column) / 8, scale: scaleOf(table, column) };
    case 8:
      return { kind: "date", unit: at(["day", "ms"] as const, table.int16(0, 1), column) };
    case 9:
      return { kind: "time", unit: at(units, table.int16(0, 1), column), bits: oneOf([32, 64], table.int32(1, 32), column) };
    case 10:
      return { kind: "timestamp", unit: at(units, table.int16(0, 0), column) };
    case 12:
    case 21:
      return { kind: "list", large: id === 21 };
    case 13:
      return { kind: "struct" };
    case 15:
      return { kind: "fixed-binary", bytes: sizeOf(table, column) };
    case 16:
      return { kind: "fixed-list", size: sizeOf(table, column) };
    case 18:
      return { kind: "duration", unit: at(units, table.int16(0, 1), column) };
    default:
      throw unsupported(
        `has the column ${JSON.stringify(column)} of type ${names.find(([, known]) => known === id)?.[0] ?? id}`,
        id >= firstView
          ? "Write it without views: polars does with compat_level=CompatLevel.oldest()."
          : "Cast it to numbers, text, times or lists of them.",
      );
  }
}

/** A type as the two fields of a schema: the number of its kind, and its table. A timestamp is one of milliseconds in UTC. */
export function writeType(type: WrittenType): readonly [FlatField, FlatField] {
  switch (type.kind) {
    case "null":
      return [flat.int8(1), flat.table()];
    case "int":
      return [flat.int8(2), flat.table(flat.int32(type.bits), flat.int8(Number(type.signed)))];
    case "float":
      return [flat.int8(3), flat.table(flat.int16(floatBits.indexOf(type.bits)))];
    case "binary":
      return [flat.int8(4), flat.table()];
    case "text":
      return [flat.int8(5), flat.table()];
    case "bool":
      return [flat.int8(6), flat.table()];
    case "timestamp":
      return [flat.int8(10), flat.table(flat.int16(units.indexOf("ms")), flat.text("UTC"))];
    case "list":
      return [flat.int8(12), flat.table()];
    case "fixed-list":
      return [flat.int8(16), flat.table(flat.int32(type.size))];
  }
}

function scaleOf(table: FlatTable, column: string): number {
  const scale = table.int32(1, 0);
  // Its digits are written out: a scale of a billion would be as many zeros.
  if (Math.abs(scale) > 1000) throw malformed(`the column ${JSON.stringify(column)} has decimals of the scale ${scale}.`);
  return scale;
}

function sizeOf(table: FlatTable, column: string): number {
  const size = table.int32(0, 0);
  if (size < 0) throw malformed(`the column ${JSON.stringify(column)} has cells of the size ${size}.`);
  return size;
}

function oneOf<const Known extends number>(known: readonly Known[], value: number, column: string): Known {
  const found = known.find((one) => one === value);
  if (found === undefined) throw malformed(`the column ${JSON.stringify(column)} has cells of ${value} bits.`);
  return found;
}

function at<Known>(known: readonly Known[], index: number, column: string): Known {
  const found = known[index];
  if (found === undefined) throw malformed(`the column ${JSON.stringify(column)} has a type of the unknown unit or precision ${index}.`);
  return found;
}

import { harmlessLength } from "../json-limit.js";
import type { ColumnSource, NumberArray } from "../table/column.js";
import { float16ToNumber } from "../tensor/half-floats.js";
import type { ArrowType, TimeUnit } from "./arrow-type.js";
import type { Dictionaries } from "./dictionaries.js";
import { malformed } from "./malformed.js";
import type { ArrowField } from "./schema.js";
import { textsOf } from "./texts.js";
import type { ArrowVector } from "./vector.js";

/**
 * The cells of a column as JavaScript has them. Numbers without nulls are a typed array, which is a view of the stream
 * where they lie at a multiple of their size.
 *
 * 64-bit integers are bigints; dates and timestamps are Dates, to the millisecond; times of day and durations are
 * milliseconds; decimals are their digits; texts that are named `arrow.json` are what they describe.
 * @throws BENTO_BAD_REQUEST
 */
export function cellsOf(vector: ArrowVector, dictionaries: Dictionaries): ColumnSource {
  const { validity, length } = vector;
  const values = valuesOf(vector, dictionaries);
  if (!validity) return values;
  return Array.from({ length }, (_, row) => (isSet(validity, row) ? values[row] : null));
}

function valuesOf(vector: ArrowVector, dictionaries: Dictionaries): ColumnSource {
  const { field, length } = vector;
  if (field.dictionary) return entriesOf(vector, field.dictionary, dictionaries);
  const { type } = field;
  switch (type.kind) {
    case "null":
      return Array.from<null>({ length }).fill(null);
    case "bool":
      return Array.from({ length }, (_, row) => isSet(vector.values, row));
    case "text":
      return isJson(field) ? jsonOf(vector) : textsOf(vector);
    case "struct":
      return recordsOf(vector, dictionaries);
    case "list":
    case "fixed-list":
      return listsOf(vector, dictionaries);
    case "binary":
    case "fixed-binary":
      return Array.from({ length }, (_, row) => bytesOf(vector, row));
    case "decimal":
      return Array.from({ length }, (_, row) => decimalOf(bytesOf(vector, row), type.scale));
    case "date":
    case "timestamp":
      return datesOf(type, vector);
    case "time":
    case "duration":
      return millisecondsOf(type, vector);
    case "int":
    case "float":
      return numbersOf(type, vector);
  }
}

/** The numbers of a column, null ones included: what stands there means nothing. Floats of 16 bits become wider ones. */
function numbersOf(type: ArrowType, vector: ArrowVector): NumberArray {
  const numbers = storedNumbersOf(type, vector);
  return type.kind === "float" && type.bits === 16 ? Float32Array.from(numbers as Uint16Array, float16ToNumber) : numbers;
}

/** The same as they lie in the stream: of floats of 16 bits, the bits. */
export function storedNumbersOf(type: ArrowType, { values, length }: ArrowVector): NumberArray {
  const Stored = arrayOf(type);
  const offset = values.byteOffset;
  if (offset % Stored.BYTES_PER_ELEMENT === 0) return new Stored(values.buffer, offset, length);
  return new Stored(values.slice(0, length * Stored.BYTES_PER_ELEMENT).buffer, 0, length);
}

type StoredArray = Exclude<NumberArray, Uint8ClampedArray>;
interface StoredArrayType {
  new (buffer: ArrayBufferLike, offset: number, length: number): StoredArray;
  readonly BYTES_PER_ELEMENT: number;
}

function arrayOf(type: ArrowType): StoredArrayType {
  if (type.kind === "float") return type.bits === 16 ? Uint16Array : type.bits === 32 ? Float32Array : Float64Array;
  if (type.kind === "date") return type.unit === "day" ? Int32Array : BigInt64Array;
  if (type.kind === "time" && type.bits === 32) return Int32Array;
  if (type.kind !== "int") return BigInt64Array;
  const { bits, signed } = type;
  if (bits === 8) return signed ? Int8Array : Uint8Array;
  if (bits === 16) return signed ? Int16Array : Uint16Array;
  if (bits === 32) return signed ? Int32Array : Uint32Array;
  return signed ? BigInt64Array : BigUint64Array;
}

type TimeType = ArrowType & { readonly unit: TimeUnit | "day" };
const ticksPerMillisecond: Readonly<Record<TimeUnit | "day", number>> = {
  day: 1 / 86_400_000,
  s: 1 / 1000,
  ms: 1,
  us: 1000,
  ns: 1_000_000,
};

function millisecondsOf(type: TimeType, vector: ArrowVector): number[] {
  const ticks = ticksPerMillisecond[type.unit];
  return Array.from(storedNumbersOf(type, vector) as ArrayLike<number | bigint>, (stored) => Number(stored) / ticks);
}

function datesOf(type: TimeType, vector: ArrowVector): Date[] {
  const ticks = ticksPerMillisecond[type.unit];
  if (ticks <= 1) return millisecondsOf(type, vector).map((milliseconds) => new Date(milliseconds));
  // Nanoseconds since 1970 are beyond what a number has exactly.
  return Array.from(storedNumbersOf(type, vector) as BigInt64Array, (stored) => new Date(Number(floorDivide(stored, BigInt(ticks)))));
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend < 0n && quotient * divisor !== dividend ? quotient - 1n : quotient;
}

function entriesOf(
  vector: ArrowVector,
  dictionary: { readonly id: number; readonly indexType: ArrowType },
  dictionaries: Dictionaries,
): unknown[] {
  const { id, indexType } = dictionary;
  const size = dictionaries.size(id);
  if (indexType.kind !== "int") throw malformed(`the column "${vector.field.name}" has a dictionary whose entries are not numbered.`);
  return Array.from(storedNumbersOf(indexType, vector) as ArrayLike<number | bigint>, (stored, row) => {
    const index = Number(stored);
    // What stands where a cell is null means nothing.
    if (vector.validity && !isSet(vector.validity, row)) return null;
    if (index >= 0 && index < size) return dictionaries.entry(id, index);
    throw malformed(`the column "${vector.field.name}" refers to the entry ${stored} of a dictionary of ${size}.`);
  });
}

function recordsOf({ children, length }: ArrowVector, dictionaries: Dictionaries): object[] {
  const cells = children.map((child) => [child.field.name, cellsOf(child, dictionaries)] as const);
  // Unlike an assignment this takes "__proto__" for a name like any other.
  return Array.from({ length }, (_, row) => Object.fromEntries(cells.map(([name, column]) => [name, column[row]])));
}

function listsOf(vector: ArrowVector, dictionaries: Dictionaries): unknown[][] {
  const { children, offsets, length, field } = vector;
  const child = children[0];
  const items: ColumnSource = child ? cellsOf(child, dictionaries) : [];
  const size = field.type.kind === "fixed-list" ? field.type.size : 0;
  return Array.from({ length }, (_, row) => {
    const [start, end] = offsets ? [offsets[row] ?? 0, offsets[row + 1] ?? 0] : [row * size, (row + 1) * size];
    return Array.from<unknown>(items.slice(start, end) as ArrayLike<unknown>);
  });
}

function bytesOf({ values, offsets, field }: ArrowVector, row: number): Uint8Array {
  if (offsets) return values.subarray(offsets[row], offsets[row + 1]);
  const size = "bytes" in field.type ? field.type.bytes : 0;
  return values.subarray(row * size, (row + 1) * size);
}

function decimalOf(bytes: Uint8Array, scale: number): string {
  let magnitude = 0n;
  for (const byte of bytes.toReversed()) magnitude = (magnitude << 8n) | BigInt(byte);
  const value = BigInt.asIntN(bytes.byteLength * 8, magnitude);
  const sign = value < 0n ? "-" : "";
  const digits = String(value < 0n ? -value : value);
  if (scale <= 0) return sign + digits + "0".repeat(value === 0n ? 0 : -scale);
  const padded = digits.padStart(scale + 1, "0");
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

/** Whether a column's texts are JSON, by Arrow's own name for such columns. */
function isJson({ metadata }: ArrowField): boolean {
  return metadata.get("ARROW:extension:name") === "arrow.json";
}

function jsonOf(vector: ArrowVector): unknown[] {
  const texts = textsOf(vector);
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  if (length > harmlessLength) {
    throw malformed(`the column "${vector.field.name}" has ${length} characters of JSON, ${harmlessLength} are the most.`);
  }
  return texts.map((text, row) => {
    if (vector.validity && !isSet(vector.validity, row)) return null;
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      throw malformed(`the column "${vector.field.name}" is of JSON, but row ${row} of it is none: ${(error as Error).message}.`);
    }
  });
}

/** Whether a bit is 1. */
export function isSet(bits: Uint8Array, index: number): boolean {
  return (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
}

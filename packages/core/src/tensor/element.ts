import { type DType, dtypes } from "./dtype.js";
import { bfloat16ToNumber, float16ToNumber, numberToBfloat16, numberToFloat16 } from "./half-floats.js";

/** How an element lies in its typed array. */
export type Stored = number | bigint;

/** What an element is in JSON: a bigint beyond the safe integers is its digits, what is no number is null. */
export type JsonElement = number | boolean | string | null;

/** Reads one given value as an element; `undefined` where it is none of this dtype, or beyond its range. */
export type ElementReader = (value: unknown) => Stored | undefined;

const digits = /^-?\d{1,20}$/;
const float16Infinity = 0x7c00;
const bfloat16Infinity = 0x7f80;

/** The reader of each dtype. */
export const elementReaders: { readonly [D in DType]: ElementReader } = {
  bool: (value) => (typeof value === "boolean" ? Number(value) : undefined),
  int8: integerReader(-128, 127),
  uint8: integerReader(0, 255),
  int16: integerReader(-32_768, 32_767),
  uint16: integerReader(0, 65_535),
  int32: integerReader(-2_147_483_648, 2_147_483_647),
  uint32: integerReader(0, 4_294_967_295),
  int64: bigintReader(-(2n ** 63n), 2n ** 63n - 1n),
  uint64: bigintReader(0n, 2n ** 64n - 1n),
  float16: floatReader(numberToFloat16, (bits) => (bits & 0x7fff) === float16Infinity),
  bfloat16: floatReader(numberToBfloat16, (bits) => (bits & 0x7fff) === bfloat16Infinity),
  float32: floatReader(Math.fround, isInfinite),
  float64: floatReader((value) => value, isInfinite),
};

/** The element as JavaScript has it, by dtype. */
export function elementOf(dtype: DType): (stored: Stored) => number | bigint | boolean {
  if (dtype === "bool") return (stored) => stored !== 0;
  if (dtype === "float16") return (stored) => float16ToNumber(stored as number);
  if (dtype === "bfloat16") return (stored) => bfloat16ToNumber(stored as number);
  return (stored) => stored;
}

/** The element as JSON has it, by dtype. */
export function jsonElementOf(dtype: DType): (stored: Stored) => JsonElement {
  const { kind } = dtypes[dtype];
  if (kind === "bool") return (stored) => stored !== 0;
  if (kind === "bigint") return (stored) => (Number.isSafeInteger(Number(stored)) ? Number(stored) : stored.toString());
  const element = elementOf(dtype) as (stored: Stored) => number;
  return (stored) => finiteOrNull(element(stored));
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function integerReader(min: number, max: number): ElementReader {
  return (value) => (typeof value === "number" && value >= min && value <= max && Number.isInteger(value) ? value : undefined);
}

function bigintReader(min: bigint, max: bigint): ElementReader {
  return (value) => {
    // A number beyond the safe integers has lost its last digits already.
    const exact = typeof value === "number" ? Number.isSafeInteger(value) : typeof value === "string" && digits.test(value);
    if (!exact && typeof value !== "bigint") return undefined;
    const integer = BigInt(value as number | string | bigint);
    return integer >= min && integer <= max ? integer : undefined;
  };
}

function floatReader(narrow: (value: number) => number, isInfinity: (stored: number) => boolean): ElementReader {
  return (value) => {
    const number = typeof value === "number" ? value : numberOfText(value);
    if (number === undefined) return undefined;
    const stored = narrow(number);
    // An infinity that was not asked for is a number beyond the range.
    return isInfinity(stored) && !isInfinite(number) ? undefined : stored;
  };
}

function numberOfText(value: unknown): number | undefined {
  return value === "NaN" ? NaN : value === "Infinity" ? Infinity : value === "-Infinity" ? -Infinity : undefined;
}

function isInfinite(value: number): boolean {
  return value === Infinity || value === -Infinity;
}

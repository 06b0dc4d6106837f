import type { BentoIssue } from "../errors.js";
import { type DType, dtypes, newArray, type TensorArrays } from "./dtype.js";
import { type ElementReader, elementReaders, type Stored } from "./element.js";
import { maxDimensions, sizeOfShape } from "./shape.js";

/** Lists of lists, all as long at each level, with one element at each end; a scalar is the element itself. */
export type Nested<Element> = Element | readonly Nested<Element>[];

/** What a tensor is made of. */
export interface TensorParts<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: TensorArrays[D];
}

/**
 * Reads nested lists into one array. Without a dtype it is that of the first element: float64 for a number, int64 for a
 * bigint, bool for a boolean, and float64 where there is none. Rows are counted before anything is allocated, so that
 * what it costs is bounded by what is there.
 * @returns the parts, or the first problem with the path to it
 */
export function readNested(value: unknown, dtype?: DType): TensorParts | BentoIssue {
  const shape: number[] = [];
  let first = value;
  for (; Array.isArray(first); first = (first as readonly unknown[])[0]) {
    if (shape.length === maxDimensions) return tooDeep(shape);
    shape.push(first.length);
    if (first.length === 0) break;
  }
  const odd = findRagged(value, shape, 0, []);
  if (odd !== undefined) return odd;
  const size = sizeOfShape(shape);
  if (size === undefined) return tooDeep(shape);
  const read = dtype ?? dtypeOfElement(first);
  const data = newArray(read, size);
  const target: Target = { data: data as unknown as Stored[], used: 0, read: elementReaders[read] };
  const bad = fill(value, shape.length, target);
  return bad === undefined ? { dtype: read, shape, data } : badElement(value, bad, read);
}

/** The nested lists of an array of this shape, each element made by `element`. */
export function nest<Element>({ shape, data }: TensorParts, element: (stored: Stored) => Element): Nested<Element> {
  const [rowSize] = shape.slice(-1);
  if (rowSize === undefined) return element(data[0] as Stored);
  let next = 0;
  const level = (dimension: number): Nested<Element> => {
    const rows: Nested<Element>[] = [];
    if (dimension < shape.length - 1) for (let row = shape[dimension] as number; row > 0; row--) rows.push(level(dimension + 1));
    else for (const end = next + rowSize; next < end; next++) rows.push(element(data[next] as Stored));
    return rows;
  };
  return level(0);
}

interface Target {
  readonly data: Stored[];
  used: number;
  readonly read: ElementReader;
}

/** The path of the first row that is not as long as the first of its level, or stands where an element is due. */
function findRagged(value: unknown, shape: readonly number[], dimension: number, path: number[]): BentoIssue | undefined {
  const expected = shape[dimension];
  if (expected === undefined) return undefined;
  if (!Array.isArray(value) || value.length !== expected) return ragged(path, expected, value);
  if (dimension === shape.length - 1) return undefined;
  for (let row = 0; row < value.length; row++) {
    path.push(row);
    const issue = findRagged(value[row], shape, dimension + 1, path);
    if (issue !== undefined) return issue;
    path.pop();
  }
  return undefined;
}

/** Fills in order; the indices of the first value that is no element, if there is one. */
function fill(value: unknown, depth: number, target: Target): number[] | undefined {
  if (depth === 0) {
    const stored = target.read(value);
    if (stored === undefined) return [];
    target.data[target.used++] = stored;
    return undefined;
  }
  const rows = value as readonly unknown[];
  if (depth === 1) return fillRow(rows, target);
  for (let row = 0; row < rows.length; row++) {
    const bad = fill(rows[row], depth - 1, target);
    if (bad !== undefined) return [row, ...bad];
  }
  return undefined;
}

function fillRow(row: readonly unknown[], target: Target): number[] | undefined {
  const { data, read, used } = target;
  for (let index = 0; index < row.length; index++) {
    const stored = read(row[index]);
    if (stored === undefined) return [index];
    data[used + index] = stored;
  }
  target.used = used + row.length;
  return undefined;
}

function dtypeOfElement(element: unknown): DType {
  return typeof element === "bigint" ? "int64" : typeof element === "boolean" ? "bool" : "float64";
}

function tooDeep(shape: readonly number[]): BentoIssue {
  return { path: shape.map(() => 0), message: `A tensor has at most ${maxDimensions} dimensions.`, code: "too_big" };
}

function ragged(path: readonly number[], expected: number, value: unknown): BentoIssue {
  const is = Array.isArray(value) ? `a row of ${value.length}` : writeValue(value);
  const where = path.length === 0 ? "A list" : "A row";
  return { path: [...path], message: `${where} of ${expected} is due here, as the first of its level is, not ${is}.`, code: "ragged" };
}

const ranges: { readonly [D in DType]?: string } = {
  int8: "-128 to 127",
  uint8: "0 to 255",
  int16: "-32768 to 32767",
  uint16: "0 to 65535",
  int32: "-2147483648 to 2147483647",
  uint32: "0 to 4294967295",
  int64: "-2^63 to 2^63 - 1",
  uint64: "0 to 2^64 - 1",
  float16: "-65504 to 65504",
  bfloat16: "about -3.39e38 to 3.39e38",
  float32: "about -3.4e38 to 3.4e38",
};

function badElement(root: unknown, path: readonly number[], dtype: DType): BentoIssue {
  const value = path.reduce((rows, index) => (rows as readonly unknown[])[index], root);
  if (Array.isArray(value)) {
    return { path, message: `An element of a tensor of ${dtype} is due here, not a row of ${value.length}.`, code: "ragged" };
  }
  const { kind } = dtypes[dtype];
  const isNumber = typeof value === "number" || typeof value === "bigint" || (kind === "bigint" && isDigits(value));
  if (kind === "bool" || !isNumber || (kind !== "bigint" && typeof value === "bigint")) {
    return { path, message: `${article(kind)} is due in a tensor of ${dtype}, not ${writeValue(value)}.`, code: "invalid_type" };
  }
  return { path, message: `${writeValue(value)} ${whyNot(value, dtype)}.`, code: "out_of_range" };
}

function whyNot(value: unknown, dtype: DType): string {
  if (typeof value === "number" && dtypes[dtype].kind !== "float") {
    if (!Number.isInteger(value)) return `is no whole number, as a tensor of ${dtype} needs`;
    if (dtypes[dtype].kind === "bigint" && !Number.isSafeInteger(value)) {
      return "is beyond the whole numbers that are exact here: write its digits as text";
    }
  }
  return `is beyond the range of ${dtype}, ${ranges[dtype] ?? "that of a double"}`;
}

function isDigits(value: unknown): boolean {
  return typeof value === "string" && /^-?\d+$/.test(value);
}

function article(kind: "bool" | "integer" | "bigint" | "float"): string {
  return kind === "bool" ? "True or false" : kind === "float" ? "A number" : "A whole number";
}

function writeValue(value: unknown): string {
  if (typeof value === "string") return value.length > 40 ? `${JSON.stringify(value.slice(0, 40))}...` : JSON.stringify(value);
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value === "bigint") return `${value}n`;
  return typeof value === "function" ? "a function" : String(value);
}

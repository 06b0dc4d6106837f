import { DataFrame, Tensor } from "@bento/core";

import { areAlikeTables, sliceTable } from "./table-items.js";
import { areAlikeTensors, concatTensors, sliceTensor } from "./tensor-items.js";
import { concatTyped, copyTyped, isTypedArray, type TypedArray, type TypedArrayKind } from "./typed-array.js";

/** What holds items one by one, and may hold others like it. */
type List = readonly unknown[] | TypedArray;

/**
 * What holds the items of a batch: along dimension 0 the elements of a list, the rows of a table and of a tensor; along
 * dimension 1 the elements of each row ...
 */
export type Items = List | Tensor | DataFrame;

/** Whether a value is an array, a typed array, a table or a tensor. A tensor without dimensions is one value. */
export function isItems(value: unknown): value is Items {
  if (Array.isArray(value) || isTypedArray(value)) return true;
  return Tensor.isTensor(value) ? value.shape.length > 0 : DataFrame.isDataFrame(value);
}

/** `Array`, `Tensor`, `DataFrame`, or the name of the kind of a typed array. */
export function kindOf(items: Items): "Array" | "Tensor" | "DataFrame" | TypedArrayKind {
  if (isList(items)) return Array.isArray(items) ? "Array" : (items as TypedArray)[Symbol.toStringTag];
  return Tensor.isTensor(items) ? "Tensor" : "DataFrame";
}

/**
 * How many items there are along a dimension, or what is wrong, as the rest of a sentence that begins with the name of the
 * array: it is ragged, or has no such dimension.
 */
export function lengthAlong(items: Items, dim: number): number | string {
  if (Tensor.isTensor(items)) return items.shape[dim] ?? `has no dimension ${dim}`;
  if (dim === 0) return items.length;
  if (!isList(items)) return `has no dimension ${dim}`;
  let common: number | undefined;
  for (let row = 0; row < items.length; row += 1) {
    const inner = items[row];
    if (!isItems(inner)) return `has no dimension ${dim}`;
    const length = lengthAlong(inner, dim - 1);
    if (typeof length === "string") return length.startsWith("has no") ? `has no dimension ${dim}` : length;
    common ??= length;
    if (length !== common) return `is ragged along dimension ${dim}: a row of ${common} and one of ${length}`;
  }
  return common ?? 0;
}

/** Whether two arrays of items can be one: of the same kind, and as long in each dimension before the one of the items. */
export function isAlike(a: Items, b: Items, dim: number): boolean {
  if (kindOf(a) !== kindOf(b)) return false;
  if (Tensor.isTensor(a)) return areAlikeTensors(a, b as Tensor, dim);
  if (DataFrame.isDataFrame(a)) return areAlikeTables(a, b as DataFrame);
  return dim === 0 || haveAlikeRows(a, b as List, (row, other) => isAlike(row, other, dim - 1));
}

/** Whether two arrays of items are as long in each dimension before the one of the items; tensors and tables must be alike. */
export function hasSameRows(a: Items, b: Items, dim: number): boolean {
  if (!isList(a) || !isList(b)) return isAlike(a, b, dim);
  return dim === 0 || haveAlikeRows(a, b, (row, other) => hasSameRows(row, other, dim - 1));
}

function haveAlikeRows(a: List, b: List, areAlike: (row: Items, other: Items) => boolean): boolean {
  if (a.length !== b.length) return false;
  for (let row = 0; row < a.length; row += 1) if (!areAlike(a[row] as Items, b[row] as Items)) return false;
  return true;
}

/** The items from `start` to before `end`, in memory of their own: a method may look at the `buffer` of what it gets. */
export function sliceAlong(items: Items, start: number, end: number, dim: number): Items {
  if (Tensor.isTensor(items)) return sliceTensor(items, start, end, dim);
  if (DataFrame.isDataFrame(items)) return sliceTable(items, start, end);
  if (dim > 0) return Array.from(items, (row) => sliceAlong(row as Items, start, end, dim - 1));
  return isTypedArray(items) ? copyTyped(items, start, end) : items.slice(start, end);
}

/**
 * The items of all parts in one: a typed array where all are of one kind, else a plain one.
 * @param parts at least one; as long as each other in every dimension before `dim`, and alike where they are no lists
 */
export function concatAlong(parts: readonly Items[], dim: number): Items {
  const first = parts[0] ?? [];
  if (parts.length < 2) return first;
  if (Tensor.isTensor(first)) return concatTensors(parts as readonly Tensor[], dim);
  if (DataFrame.isDataFrame(first)) return DataFrame.concat(parts as readonly DataFrame[]);
  const lists = parts as readonly List[];
  if (dim > 0)
    return Array.from(first, (_, row) =>
      concatAlong(
        lists.map((part) => part[row] as Items),
        dim - 1,
      ),
    );
  const kind = kindOf(first);
  return kind !== "Array" && lists.every((part) => kindOf(part) === kind)
    ? concatTyped(lists as readonly TypedArray[])
    : concatPlain(lists);
}

function concatPlain(parts: readonly List[]): unknown[] {
  const all: unknown[] = [];
  for (const part of parts) for (let index = 0; index < part.length; index += 1) all.push(part[index]);
  return all;
}

function isList(items: Items): items is List {
  return Array.isArray(items) || isTypedArray(items);
}

import { DataFrame, Tensor } from "@bento/core";

import { kindOf } from "./items.js";
import { isPlainObject } from "./plain-object.js";
import { areAlikeTables, columnOf } from "./table-items.js";
import { areAlikeTensors } from "./tensor-items.js";
import { isTypedArray, type TypedArray } from "./typed-array.js";

type List = readonly unknown[] | TypedArray;

/** Nothing that is nested deeper is looked into: comparing must cost little, and never end the stack. */
const deepest = 64;

/**
 * Whether two values are equal in all that a method could see, so that one can stand for the other.
 *
 * Never says so by mistake, but may miss it: what is neither plain data nor a Date, an array, a tensor or a table (a file, an instance of a
 * class) is equal to itself only, and so is what is nested more than 64 deep.
 */
export function isSameValue(a: unknown, b: unknown): boolean {
  return isSame(a, b, deepest);
}

function isSame(a: unknown, b: unknown, depth: number): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null || depth === 0) return false;
  if (isList(a)) return isList(b) && areSameItems(a, b, depth - 1);
  if (Tensor.isTensor(a)) return Tensor.isTensor(b) && areSameTensors(a, b, depth - 1);
  if (DataFrame.isDataFrame(a)) return DataFrame.isDataFrame(b) && areSameTables(a, b, depth - 1);
  if (a instanceof Date) return b instanceof Date && Object.is(a.getTime(), b.getTime());
  return isPlainObject(a) && isPlainObject(b) && areSameProperties(a, b, depth - 1);
}

function isList(value: unknown): value is List {
  return Array.isArray(value) || isTypedArray(value);
}

function areSameTensors(a: Tensor, b: Tensor, depth: number): boolean {
  return areAlikeTensors(a, b, -1) && areSameItems(a.data, b.data, depth);
}

function areSameTables(a: DataFrame, b: DataFrame, depth: number): boolean {
  return areAlikeTables(a, b) && a.columns.every((name) => areSameItems(columnOf(a, name), columnOf(b, name), depth));
}

function areSameItems(a: List, b: List, depth: number): boolean {
  if (a.length !== b.length || kindOf(a) !== kindOf(b)) return false;
  for (let index = 0; index < a.length; index += 1) if (!isSame(a[index], b[index], depth)) return false;
  return true;
}

function areSameProperties(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>, depth: number): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  for (const key of keys) if (!Object.hasOwn(b, key) || !isSame(a[key], b[key], depth)) return false;
  return true;
}

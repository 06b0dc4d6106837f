import { isItems, type Items, kindOf } from "./items.js";
import { isPlainObject } from "./plain-object.js";

/** Nothing that is nested deeper is looked into: comparing must cost little, and never end the stack. */
const deepest = 64;

/**
 * Whether two values are equal in all that a method could see, so that one can stand for the other.
 *
 * Never says so by mistake, but may miss it: what is neither plain data nor a Date or an array (a file, an instance of a
 * class) is equal to itself only, and so is what is nested more than 64 deep.
 */
export function isSameValue(a: unknown, b: unknown): boolean {
  return isSame(a, b, deepest);
}

function isSame(a: unknown, b: unknown, depth: number): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null || depth === 0) return false;
  if (isItems(a)) return isItems(b) && areSameItems(a, b, depth - 1);
  if (a instanceof Date) return b instanceof Date && Object.is(a.getTime(), b.getTime());
  return isPlainObject(a) && isPlainObject(b) && areSameProperties(a, b, depth - 1);
}

function areSameItems(a: Items, b: Items, depth: number): boolean {
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

import { BentoError } from "@bento/core";

import { isAlike, isItems, type Items, lengthAlong } from "./items.js";
import { isPlainObject } from "./plain-object.js";
import { isSameValue } from "./same-value.js";

/** The valid input of one request to a batchable endpoint, counted. Made by {@link readBatchInput} only. */
export interface BatchInput {
  /** A root array; or an object, whose arrays are batched and whose other properties are shared by all items. */
  readonly value: Items | Readonly<Record<string, unknown>>;
  /** How many items it carries; 0 and more. */
  readonly items: number;
  /** The dimension along which these lie. */
  readonly dim: number;
}

/**
 * Counts the items of an input.
 * @param value what the input's schema let through
 * @param dim the dimension of its arrays along which the items lie
 * @throws BENTO_INPUT_INVALID when its arrays do not agree on the number of items (both numbers are named), are ragged
 *   along that dimension or do not have it, or when there is no array at all
 */
export function readBatchInput(value: unknown, dim: number): BatchInput {
  if (isItems(value)) return { value, items: itemsOf(value, undefined, dim), dim };
  if (!isPlainObject(value)) throw noItems(`it is ${nameOf(value)}`);
  let items: number | undefined;
  let counted = "";
  for (const name of Object.keys(value)) {
    const property = value[name];
    if (!isItems(property)) continue;
    const length = itemsOf(property, name, dim);
    if (items === undefined) {
      items = length;
      counted = name;
    } else if (length !== items) {
      throw disagreement(counted, items, name, length);
    }
  }
  if (items === undefined) throw noItems("none of its properties is an array");
  return { value, items, dim };
}

/**
 * Whether two inputs may be in one call of the method: they have the same properties, of which the shared ones are equal
 * and the arrays of one kind. An equivalence, so neighbours that may be joined pair by pair may be joined all.
 */
export function mayJoin(a: BatchInput, b: BatchInput): boolean {
  if (a.dim !== b.dim) return false;
  if (isItems(a.value)) return isItems(b.value) && isAlike(a.value, b.value, a.dim);
  if (isItems(b.value)) return false;
  const names = Object.keys(a.value);
  if (names.length !== Object.keys(b.value).length) return false;
  for (const name of names) {
    if (!Object.hasOwn(b.value, name)) return false;
    const here = a.value[name];
    const there = b.value[name];
    if (isItems(here) ? !isItems(there) || !isAlike(here, there, a.dim) : !isSameValue(here, there)) return false;
  }
  return true;
}

function itemsOf(items: Items, name: string | undefined, dim: number): number {
  const length = lengthAlong(items, dim);
  if (typeof length === "number") return length;
  const message = `${name === undefined ? "The array" : JSON.stringify(name)} ${length}`;
  throw invalid(`The input cannot be batched: ${message}.`, message, name);
}

function disagreement(first: string, items: number, second: string, length: number): BentoError {
  const message = `${JSON.stringify(first)} holds ${items} items but ${JSON.stringify(second)} holds ${length}`;
  return invalid(`The input's arrays do not belong together: ${message}.`, message, second);
}

function noItems(why: string): BentoError {
  const message = `there is no array of items: ${why}`;
  return invalid(`The input cannot be batched: ${message}.`, message, undefined);
}

function invalid(text: string, message: string, name: string | undefined): BentoError {
  return new BentoError("BENTO_INPUT_INVALID", text, {
    issues: [{ path: name === undefined ? [] : [name], message, code: "custom" }],
    hint: "Send one array, or an object whose arrays all hold the same number of items.",
  });
}

function nameOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return value === null ? "null" : `of type ${typeof value}`;
  return `an instance of ${value.constructor.name}`;
}

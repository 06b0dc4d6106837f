import type { JsonSchema } from "@bento/core";

import { branchesOf } from "../schema-branches.js";

/** What may be an array of items. */
export interface Counted {
  /** Whether it always holds items: of what is no JSON array, such as an object of columns, only reading it tells how many. */
  readonly isItems: boolean;
  /** Whether only reading it tells them of an array without arrays in it: a tensor's elements may come in one row. */
  readonly isDeep: boolean;
}

/** Where the items of a JSON body are, as far as its schema says. */
export interface CountedMembers {
  /** The body itself, if it may be an array of items. */
  readonly root: Counted | undefined;
  /** Members of an object that may be arrays of items. */
  readonly members: ReadonlyMap<string, Counted>;
}

/** Finds what may hold items: each array that the schema, or any branch of it, allows at the root or as a property. */
export function countedMembers(schema: JsonSchema): CountedMembers {
  const members = new Map<string, Counted>();
  let root: Counted | undefined;
  for (const branch of branchesOf(schema, schema)) {
    root = either(root, countedOf(branch));
    for (const [name, property] of Object.entries(isObject(branch["properties"]) ? branch["properties"] : {})) {
      const counted = branchesOf(property, schema).map(countedOf).reduce(either, members.get(name));
      if (counted !== undefined) members.set(name, counted);
    }
  }
  return { root, members };
}

function countedOf(schema: JsonSchema): Counted | undefined {
  const type = schema["type"];
  if (type === "tensor") return { isItems: true, isDeep: mayBeFlat(schema) };
  if (type === "dataframe" || schema["x-bento-type"] === "bytes") return { isItems: true, isDeep: false };
  const isArray = type === "array" || (Array.isArray(type) && type.includes("array"));
  return isArray ? { isItems: false, isDeep: false } : undefined;
}

function either(a: Counted | undefined, b: Counted | undefined): Counted | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { isItems: a.isItems || b.isItems, isDeep: a.isDeep || b.isDeep };
}

/** Whether the elements of a tensor may come in one row though it has more dimensions: where its shape leaves no doubt. */
function mayBeFlat({ shape, "x-bento-shape": named }: JsonSchema): boolean {
  return Array.isArray(shape) && shape.length !== 1 && named === undefined;
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

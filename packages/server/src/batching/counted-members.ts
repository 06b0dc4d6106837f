import type { JsonSchema } from "@bento/core";

/** Where the items of a JSON body are, as far as its schema says. */
export interface CountedMembers {
  /** Whether the body itself may be an array of items. */
  readonly root: boolean;
  /** Members of an object that may be arrays of items. */
  readonly names: readonly string[];
}

/** Finds what may hold items: each array that the schema, or any branch of it, allows at the root or as a property. */
export function countedMembers(schema: JsonSchema): CountedMembers {
  const names = new Set<string>();
  let root = false;
  for (const branch of branchesOf(schema, schema)) {
    root ||= isArray(branch);
    for (const [name, property] of Object.entries(isObject(branch["properties"]) ? branch["properties"] : {})) {
      if (branchesOf(property, schema).some(isArray)) names.add(name);
    }
  }
  return { root, names: [...names] };
}

/** A schema, and all that it points at or chooses from; each once, so that a schema which points at itself ends. */
function branchesOf(schema: unknown, document: JsonSchema): JsonSchema[] {
  const found = new Set<JsonSchema>();
  const open: unknown[] = [schema];
  while (open.length > 0) {
    const next = open.pop();
    if (!isObject(next) || found.has(next)) continue;
    found.add(next);
    if (typeof next["$ref"] === "string") open.push(resolve(next["$ref"], document));
    for (const keyword of ["anyOf", "oneOf", "allOf"]) if (Array.isArray(next[keyword])) open.push(...(next[keyword] as unknown[]));
  }
  return [...found];
}

function resolve(ref: string, document: JsonSchema): unknown {
  if (!ref.startsWith("#")) return undefined;
  let target: unknown = document;
  for (const part of ref.slice(1).split("/").filter(Boolean)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    target = isObject(target) && Object.hasOwn(target, key) ? target[key] : undefined;
  }
  return target;
}

function isArray(schema: JsonSchema): boolean {
  const type = schema["type"];
  return type === "array" || (Array.isArray(type) && type.includes("array"));
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

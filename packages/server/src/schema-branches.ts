import type { JsonSchema } from "@bento/core";

/** A schema, and all that it points at or chooses from; each once, so that a schema which points at itself ends. */
export function branchesOf(schema: unknown, document: JsonSchema): JsonSchema[] {
  const found = new Set<JsonSchema>();
  const open: unknown[] = [schema];
  while (open.length > 0) {
    const next = open.pop();
    if (!isObject(next) || found.has(next)) continue;
    found.add(next);
    if (typeof next["$ref"] === "string") open.push(resolveRef(next["$ref"], document));
    for (const keyword of ["anyOf", "oneOf", "allOf"]) if (Array.isArray(next[keyword])) open.push(...(next[keyword] as unknown[]));
  }
  return [...found];
}

/** What a reference within a document points at; `undefined` for nothing. */
export function resolveRef(ref: string, document: JsonSchema): unknown {
  if (!ref.startsWith("#")) return undefined;
  let target: unknown = document;
  for (const part of ref.slice(1).split("/").filter(Boolean)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    target = isObject(target) && Object.hasOwn(target, key) ? target[key] : undefined;
  }
  return target;
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

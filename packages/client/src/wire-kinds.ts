import type { JsonSchema } from "@bento/core";

/** Content type of bodies of safetensors. Core's own stands beside what reads them, which few clients need. */
export const tensorsType = "application/x-safetensors";

/**
 * Everything that a value may be where a schema stands: references followed, unions taken apart. Each schema once, since
 * they may lead in circles, and the same one may be reached in more ways than could be counted.
 */
export function branchesOf(schema: unknown, root: JsonSchema): JsonSchema[] {
  const found = new Set<JsonSchema>();
  const left = isSchema(schema) ? [schema] : [];
  for (let branch = left.pop(); branch !== undefined; branch = left.pop()) {
    if (found.has(branch)) continue;
    found.add(branch);
    const { $ref: ref, anyOf, oneOf, allOf } = branch;
    const inner = [typeof ref === "string" ? resolve(ref, root) : undefined, ...listOf(anyOf), ...listOf(oneOf), ...listOf(allOf)];
    for (const one of inner.toReversed()) if (isSchema(one)) left.push(one);
  }
  return [...found];
}

/** What the items of an array, or the properties of an object by name, may be. */
export function innerSchemas(branches: readonly JsonSchema[], key: string | number): unknown[] {
  return branches.flatMap(({ items, prefixItems, properties, additionalProperties }) => {
    if (typeof key === "number") return listOf(prefixItems)[key] ?? items;
    return isSchema(properties) && Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
  });
}

/** The branch of a type such as `file`. */
export function branchOf(branches: readonly JsonSchema[], type: string): JsonSchema | undefined {
  return branches.find((branch) => branch["type"] === type);
}

/** The branch that is bytes. */
export function bytesBranchOf(branches: readonly JsonSchema[]): JsonSchema | undefined {
  return branches.find((branch) => branch["type"] === "string" && (branch["x-bento-type"] === "bytes" || branch["format"] === "binary"));
}

const kinds = /"type":"(?:file|tensor|dataframe)"|"x-bento-type":"bytes"|"format":"binary"|"x-bento-stream":true/;

/** Whether a schema holds what plain JSON is not: such bodies are the work of modules that are loaded for it. */
export function holdsKinds(schema: JsonSchema): boolean {
  return kinds.test(JSON.stringify(schema));
}

function resolve(ref: string, root: JsonSchema): unknown {
  const [, room = "", name = ""] = /^#\/(\$defs|definitions)\/([^/]+)$/.exec(ref) ?? [];
  const definitions = root[room];
  return isSchema(definitions) && Object.hasOwn(definitions, name) ? definitions[name] : undefined;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

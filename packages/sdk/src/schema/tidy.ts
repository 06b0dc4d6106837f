import type { JsonSchema } from "@bento/core";

/**
 * Brings a converter's document into the one form that the runtime promises: JSON Schema 2020-12 without `$schema`,
 * every `type: "array"` with an `items` object (BentoML's Python client indexes it), and no reference but `#` and
 * `#/$defs/<name>`, so that whoever embeds the document has two forms to rewrite.
 */
export function tidy(document: Record<string, unknown>): JsonSchema {
  const shared: Record<string, unknown> = {};
  const names = new Map<string, string>();

  const visit = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(visit);
    if (!isRecord(node)) return node;
    const entries = Object.entries(node).filter(([key]) => key !== "$schema" && key !== "$defs" && key !== "definitions");
    const out = Object.fromEntries(entries.map(([key, value]) => [key, visitKeyword(key, value)]));
    if (typeof out["$ref"] === "string") out["$ref"] = refTo(out["$ref"]);
    return hasType(out, "array") ? withItems(out) : out;
  };

  const visitKeyword = (key: string, value: unknown): unknown => {
    if (literals.has(key)) return value;
    // Below these a key is a name chosen by the user, which may look like a keyword.
    if (schemaMaps.has(key) && isRecord(value))
      return Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, visit(schema)]));
    return visit(value);
  };

  const refTo = (pointer: string): string => {
    if (pointer === "#" || !pointer.startsWith("#/")) return pointer;
    let name = names.get(pointer);
    if (name === undefined) {
      const parts = pointer
        .slice(2)
        .split("/")
        .map((part) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~"));
      name = uniqueName(parts.at(-1) ?? "schema", shared);
      names.set(pointer, name);
      // Holds the place, so that a definition that refers to itself ends here.
      shared[name] = {};
      shared[name] = visit(parts.reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[part], document));
    }
    return `#/$defs/${name}`;
  };

  const root = visit(document) as Record<string, unknown>;
  return Object.keys(shared).length === 0 ? root : { ...root, $defs: shared };
}

/** Keywords whose values are data, not schemas. */
const literals = new Set(["const", "enum", "default", "example", "examples", "required"]);
/** Keywords whose values map names to schemas. */
const schemaMaps = new Set(["properties", "patternProperties", "dependentSchemas"]);

/** Tuples of older drafts become `prefixItems`; a closed tuple says so by `maxItems`, since its `items` must be an object. */
function withItems(schema: Record<string, unknown>): Record<string, unknown> {
  const { items, additionalItems, ...rest } = schema;
  if (Array.isArray(items))
    return withItems({ ...rest, prefixItems: items, items: additionalItems ?? (rest["maxItems"] === items.length ? false : {}) });
  if (isRecord(items)) return { ...rest, items };
  const prefix = rest["prefixItems"];
  const isClosed = items === false && rest["maxItems"] === undefined;
  return { ...rest, items: {}, ...(isClosed ? { maxItems: Array.isArray(prefix) ? prefix.length : 0 } : {}) };
}

function hasType(schema: Record<string, unknown>, type: string): boolean {
  return schema["type"] === type || (Array.isArray(schema["type"]) && schema["type"].includes(type));
}

function uniqueName(wanted: string, taken: Record<string, unknown>): string {
  const base = wanted.replaceAll(/[^A-Za-z0-9._-]/g, "_");
  let name = base;
  for (let n = 2; Object.hasOwn(taken, name); n++) name = `${base}_${n}`;
  return name;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

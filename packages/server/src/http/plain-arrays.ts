import type { JsonSchema } from "@bento/core";

/** Keywords that say what a value is, so that a schema with one of them is not open to everything. */
const saying = ["type", "const", "enum", "$ref", "anyOf", "oneOf", "allOf", "not"];

/**
 * Whether a schema leaves open what some part of a value is, as `z.any()` and `z.instanceof()` do: then that part may be a
 * typed array, which JSON has no form for.
 */
export function isOpen(schema: JsonSchema): boolean {
  const left: unknown[] = [schema];
  while (left.length > 0) {
    const next = left.pop();
    if (next === true) return true;
    if (typeof next !== "object" || next === null) continue;
    const node = next as JsonSchema;
    if (!saying.some((keyword) => keyword in node)) return true;
    left.push(node["items"], node["additionalProperties"]);
    for (const keyword of ["prefixItems", "anyOf", "oneOf", "allOf", "properties", "$defs", "definitions"]) {
      left.push(...Object.values((node[keyword] as object | undefined) ?? {}));
    }
  }
  return false;
}

/**
 * A value whose typed arrays are lists of their numbers, which JSON.stringify would write as objects with numbers for names.
 * The value itself, where it holds none.
 */
export function withPlainArrays(value: unknown): unknown {
  try {
    return holdsView(value) ? copied(value) : value;
  } catch (error) {
    // Of what is endless or has no end of depth, JSON.stringify tells.
    if (error instanceof RangeError) return value;
    throw error;
  }
}

/** What an item of a stream becomes before it is framed, which takes bytes alone as they are; `undefined` where none can be a typed array. */
export function plainItemOf(output: JsonSchema): ((item: unknown) => unknown) | undefined {
  return isOpen(output) ? plainItem : undefined;
}

function plainItem(item: unknown): unknown {
  return item instanceof Uint8Array ? item : withPlainArrays(item);
}

function isView(value: object): value is ArrayBufferView & ArrayLike<number | bigint> {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** Whether something is written as what it says itself: a date, a tensor, a table. Buffers are numbers as well. */
function tellsItself(value: object): boolean {
  return typeof (value as { readonly toJSON?: unknown }).toJSON === "function" && !isView(value);
}

function holdsView(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (isView(value)) return true;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) if (holdsView(value[index])) return true;
    return false;
  }
  if (tellsItself(value)) return false;
  // No list of keys: nothing is left behind of what holds no typed array.
  for (const key in value) if (holdsView((value as Readonly<Record<string, unknown>>)[key])) return true;
  return false;
}

function copied(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isView(value)) return Array.from(value);
  if (Array.isArray(value)) return value.map(copied);
  if (tellsItself(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copied(item)]));
}

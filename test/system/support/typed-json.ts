import { type MetadataValue, PlainDate } from "@bento/store";

/** A Python value as JSON: what JSON cannot tell apart stands in an object with `$type`; see `typed_values.py`. */
export type TypedJson = null | boolean | number | string | readonly TypedJson[] | { readonly [key: string]: TypedJson };

/** The value that our store is given for a Python value, or reads for it. */
export function toOurs(value: TypedJson): MetadataValue {
  if (value === null) return null as unknown as MetadataValue;
  if (typeof value !== "object") return value;
  if (isList(value)) return value.map(toOurs);
  const kind = value["$type"];
  if (kind === undefined) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toOurs(item)]));
  if (kind === "map") return new Map((value["entries"] as [string | number, TypedJson][]).map(([key, item]) => [keyOf(key), toOurs(item)]));
  if (kind === "bytes") return new Uint8Array(Buffer.from(value["base64"] as string, "base64"));
  const text = value["value"] as string;
  if (kind === "int") return BigInt(text);
  if (kind === "float") return pythonFloat(text);
  if (kind === "date") return PlainDate.parse(text);
  throw new Error(`no JavaScript value for ${JSON.stringify(value)}`);
}

/** One form for a value that our store read, to compare with {@link comparablePython}. */
export function comparable(value: unknown): unknown {
  if (typeof value === "bigint") return { $type: "int", value: String(value) };
  if (value instanceof PlainDate) return { $type: "date", value: String(value) };
  if (value instanceof Date) return { $type: "datetime", value: value.toISOString() };
  if (value instanceof Uint8Array) return { $type: "bytes", base64: Buffer.from(value).toString("base64") };
  if (value instanceof Map) return asMap([...value].map(([key, item]) => [key, comparable(item)]));
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value === "object" && value !== null) return asMap(Object.entries(value).map(([key, item]) => [key, comparable(item)]));
  return value;
}

/** The same form for a value that Python read. A float is a number here, as JavaScript has only those. */
export function comparablePython(value: TypedJson): unknown {
  if (value === null || typeof value !== "object") return value;
  if (isList(value)) return value.map(comparablePython);
  const kind = value["$type"];
  if (kind === undefined) return asMap(Object.entries(value).map(([key, item]) => [key, comparablePython(item)]));
  if (kind === "float") return pythonFloat(value["value"] as string);
  if (kind === "map") {
    return asMap((value["entries"] as [TypedJson, TypedJson][]).map(([key, item]) => [comparablePython(key), comparablePython(item)]));
  }
  return value;
}

/** Maps compare by entries, as their keys may be of any type; sorted, as JavaScript moves keys such as "1" to the front. */
function asMap(entries: readonly (readonly [unknown, unknown])[]): unknown {
  return { map: entries.toSorted(([left], [right]) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1)) };
}

function isList(value: TypedJson): value is readonly TypedJson[] {
  return Array.isArray(value);
}

function keyOf(key: TypedJson): string | number | boolean {
  return toOurs(key) as string | number | boolean;
}

function pythonFloat(text: string): number {
  const special: Readonly<Record<string, number>> = { inf: Infinity, "-inf": -Infinity, nan: NaN };
  return special[text] ?? Number(text);
}

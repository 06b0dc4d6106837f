/** No text of a model holds this: it stands before a number that JSON.stringify cannot write, until it is unquoted. */
const mark = "\uE000number:";

/**
 * Strict JSON of a model's values, two spaces deep. Integers of any size are printed whole, and -0.0 with its sign; bytes
 * as base64, maps as objects; NaN and infinities, which JSON lacks, as `null`.
 */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, (_key, item: unknown) => toPlain(item), 2);
  return text.replaceAll(new RegExp(`"${mark}(-?\\d+(?:\\.0)?)"`, "g"), "$1");
}

function toPlain(value: unknown): unknown {
  if (typeof value === "bigint") return `${mark}${value}`;
  if (Object.is(value, -0)) return `${mark}-0.0`;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof Map)
    return Object.fromEntries([...(value as ReadonlyMap<unknown, unknown>)].map(([key, item]) => [String(key), item]));
  return value;
}

import { randomUUID } from "node:crypto";
import { visibleJson } from "./visible.js";

/**
 * Strict JSON of values, two spaces deep unless `indent` says otherwise. Integers of any size are printed whole, and -0.0 with its sign; bytes
 * as base64, maps as objects; NaN and infinities, which JSON lacks, as `null`.
 */
export function jsonText(value: unknown, indent = 2): string {
  // Stands before a number that JSON.stringify cannot write, until it is unquoted. Nobody can know it, so no text of a model holds it.
  const mark = `${randomUUID()}:`;
  const text = JSON.stringify(value, (_key, item: unknown) => toPlain(item, mark), indent);
  return visibleJson(text.replaceAll(new RegExp(`"${mark}(-?\\d+(?:\\.0)?)"`, "g"), "$1"));
}

function toPlain(value: unknown, mark: string): unknown {
  if (typeof value === "bigint") return `${mark}${value}`;
  if (Object.is(value, -0)) return `${mark}-0.0`;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof Map)
    return Object.fromEntries([...(value as ReadonlyMap<unknown, unknown>)].map(([key, item]) => [String(key), item]));
  return value;
}

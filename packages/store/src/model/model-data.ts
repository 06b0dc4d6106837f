import { BentoError } from "@bento/core";
import { PlainDate } from "./plain-date.js";
import { isoFormat } from "./python-time.js";
import { keyText, makeList, makeMap, typedEntries, typedItems, WholeFloat } from "../pyyaml/containers.js";

/** More nesting than data needs, and less than what stops Python, which reads every model again. */
const maxDepth = 100;

/** What a copy may hold beside metadata values. */
export interface DataRules {
  /** Options and specs may hold null, metadata may not. */
  readonly nulls: boolean;
}

/**
 * A copy of what a caller gave, in the form in which it will be read back: times as ISO text, maps with text keys as
 * objects, integers as numbers if they fit.
 * @throws BENTO_MODEL_INVALID quoting path and value, for whatever YAML or Python cannot hold
 */
export function copyData(value: unknown, path: string, rules: DataRules): unknown {
  return new Copier(rules).copy(value, path);
}

class Copier {
  readonly #rules: DataRules;
  readonly #ancestors = new Set<object>();

  constructor(rules: DataRules) {
    this.#rules = rules;
  }

  copy(value: unknown, path: string): unknown {
    switch (typeof value) {
      case "string":
      case "boolean":
      case "number":
        return value;
      case "bigint":
        return Number.isSafeInteger(Number(value)) ? Number(value) : value;
      case "object":
        if (value !== null) return this.#object(value, path);
        if (this.#rules.nulls) return null;
        throw refuse(path, value, "Leave the key out: metadata cannot hold null.");
      case "undefined":
      case "function":
      case "symbol":
        throw refuse(path, value);
    }
  }

  #object(value: object, path: string): unknown {
    if (value instanceof PlainDate || value instanceof WholeFloat) return value;
    if (value instanceof Date) return dateText(value, path);
    if (value instanceof Uint8Array) return new Uint8Array(value);
    const container = Array.isArray(value) || value instanceof Map || isPlainObject(value);
    if (!container) throw refuse(path, value, hintFor(value));
    if (this.#ancestors.has(value)) throw refuse(path, value, "It holds itself.");
    if (this.#ancestors.size >= maxDepth) throw refuse(path, value, `Nest at most ${maxDepth} levels.`);
    this.#ancestors.add(value);
    const copy = Array.isArray(value) ? this.#list(value, path) : this.#map(value, path);
    this.#ancestors.delete(value);
    return copy;
  }

  #list(list: readonly unknown[], path: string): unknown[] {
    return makeList(Array.from(typedItems(list), (item, i) => this.copy(item, `${path}[${i}]`)));
  }

  #map(map: object, path: string): object {
    const [symbol] = Object.getOwnPropertySymbols(map);
    if (symbol !== undefined) throw refuse(path, symbol, "Keys are text.");
    const entries = typedEntries(map);
    const keys = entries.map(([key]) => checkKey(key, path));
    const copy = makeMap(
      keys,
      entries.map(([key, item]) => this.copy(item, childPath(path, key))),
    );
    if (copy instanceof Map && copy.size < keys.length) throw refuse(path, map, "Two of its keys are one to Python, as 1 and true are.");
    return copy;
  }
}

/**
 * Checks metadata that was read from a file, as Python does.
 * @throws BENTO_MODEL_INVALID quoting path and value
 */
export function checkMetadata(value: unknown, path: string): void {
  if (value === null || value instanceof Set)
    throw refuse(path, value, "Metadata is made of text, numbers, booleans, dates, bytes, lists and maps.");
  if (typeof value !== "object" || value instanceof PlainDate || value instanceof Date || value instanceof Uint8Array) return;
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) checkMetadata(item, `${path}[${i}]`);
    return;
  }
  if (value instanceof Map) for (const key of value.keys()) checkKey(key, path);
  const entries: Iterable<[unknown, unknown]> = value instanceof Map ? value : Object.entries(value);
  for (const [key, item] of entries) checkMetadata(item, childPath(path, key));
}

function checkKey(key: unknown, path: string): unknown {
  const known = typeof key === "string" || typeof key === "number" || typeof key === "boolean" || typeof key === "bigint";
  if (known || key instanceof WholeFloat) return key;
  throw refuse(path, key, "Keys are text, numbers or booleans.");
}

/** Where a value stands, as a reader of the message would write it. */
export function childPath(path: string, key: unknown): string {
  return typeof key === "string" && /^[\p{L}_][\p{L}\p{N}_]*$/u.test(key) ? `${path}.${key}` : `${path}[${quote(keyText(key))}]`;
}

/** The error that refuses a value, with the value quoted. */
export function refuse(path: string, value: unknown, hint?: string): BentoError {
  return new BentoError("BENTO_MODEL_INVALID", `${path} cannot be ${describe(value)}.`, { hint });
}

/** Whether a value is an object without a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || isForeignObjectPrototype(prototype);
}

/** `Object.prototype` of another realm, as test runners and `node:vm` have them. */
function isForeignObjectPrototype(prototype: unknown): boolean {
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, "hasOwnProperty");
}

function describe(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "function") return value.name === "" ? "a function" : `the function ${value.name}`;
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Date) return "an invalid Date";
  if (isPlainObject(value)) return `the object {${Object.keys(value).slice(0, 5).join(", ")}}`;
  return `an instance of ${value.constructor?.name ?? "an unnamed class"}`;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}

function hintFor(value: object): string {
  if (value instanceof Set) return "Give a list: [...set].";
  if (ArrayBuffer.isView(value)) return "Give a list of numbers, or bytes as a Uint8Array.";
  if (value instanceof ArrayBuffer) return "Give bytes as a Uint8Array.";
  return "Give plain data: text, numbers, booleans, dates, bytes, lists and maps of these.";
}

function dateText(date: Date, path: string): string {
  const year = date.getUTCFullYear();
  if (year >= 1 && year <= 9999) return isoFormat(date);
  throw refuse(path, date, "Python's times run from the year 1 to 9999.");
}

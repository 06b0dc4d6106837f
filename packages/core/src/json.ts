import type { JsonSchema } from "./service-types.js";

/** Turns the plain JSON of a value into what its schema means; used on both ends of the wire. */
export type Reviver = (value: unknown) => unknown;

/**
 * JSON text of a value. What JSON lacks is written so that {@link reviverFor} brings it back: a Date as ISO text, a bigint
 * as its digits. NaN and infinities become `null`, as in JSON.stringify; `undefined` as a whole is `null`.
 */
export function toJson(value: unknown): string {
  const root = value === undefined ? null : value;
  try {
    // A replacer is called for every key there is and costs several times the rest; few values hold a bigint.
    return JSON.stringify(root) ?? "null";
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(root, bigintToNumber) ?? "null";
  }
}

/**
 * The reviver of a JSON Schema, or `undefined` when plain JSON already is what the schema means, so that the common case
 * costs nothing.
 *
 * - `{ type: "string", format: "date-time", "x-bento-type": "date" }`: a Date
 * - `{ type: "integer", format: "int64", "x-bento-type": "bigint" }`: a bigint, from a number that is exact or its digits as text
 *
 * Anything that does not fit is left as it came: judging it is the schema's work.
 */
export function reviverFor(schema: JsonSchema): Reviver | undefined {
  return JSON.stringify(schema).includes('"x-bento-type"') ? compile(schema, schema, new Map()) : undefined;
}

/** A number JSON can carry exactly stays a number for other languages; a larger one goes as text. */
function bigintToNumber(_key: string, value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

/** Where the reviver of a `$ref` will be, so that a recursive schema can point at itself. */
interface Slot {
  reviver: Reviver | undefined;
}

function compile(schema: unknown, root: JsonSchema, seen: Map<string, Slot>): Reviver | undefined {
  if (!isObject(schema)) return undefined;
  const ref = schema["$ref"];
  if (typeof ref === "string") return compileRef(ref, root, seen);
  const kind = schema["x-bento-type"];
  if (kind === "date") return reviveDate;
  if (kind === "bigint") return reviveBigint;
  const parts = [compileArray(schema, root, seen), compileObject(schema, root, seen), ...compileBranches(schema, root, seen)];
  const revivers = parts.filter((part) => part !== undefined);
  if (revivers.length < 2) return revivers[0];
  return (value) => revivers.reduce((current, revive) => revive(current), value);
}

function compileRef(ref: string, root: JsonSchema, seen: Map<string, Slot>): Reviver | undefined {
  const known = seen.get(ref);
  if (known) return (value) => (known.reviver ? known.reviver(value) : value);
  const slot: Slot = { reviver: undefined };
  seen.set(ref, slot);
  slot.reviver = compile(resolveRef(ref, root), root, seen);
  return slot.reviver;
}

function resolveRef(ref: string, root: JsonSchema): unknown {
  if (!ref.startsWith("#")) return undefined;
  let target: unknown = root;
  for (const part of ref.slice(1).split("/").filter(Boolean)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    target = isObject(target) && Object.hasOwn(target, key) ? target[key] : undefined;
  }
  return target;
}

function compileArray(schema: JsonSchema, root: JsonSchema, seen: Map<string, Slot>): Reviver | undefined {
  const prefix = Array.isArray(schema["prefixItems"]) ? schema["prefixItems"].map((item) => compile(item, root, seen)) : [];
  const rest = compile(schema["items"], root, seen);
  if (!rest && prefix.every((item) => !item)) return undefined;
  return (value) => {
    if (!Array.isArray(value)) return value;
    return value.map((item: unknown, index) => {
      const revive = index < prefix.length ? prefix[index] : rest;
      return revive ? revive(item) : item;
    });
  };
}

function compileObject(schema: JsonSchema, root: JsonSchema, seen: Map<string, Slot>): Reviver | undefined {
  const properties = new Map<string, Reviver>();
  for (const [key, property] of Object.entries(isObject(schema["properties"]) ? schema["properties"] : {})) {
    const revive = compile(property, root, seen);
    if (revive) properties.set(key, revive);
  }
  const rest = compile(schema["additionalProperties"], root, seen);
  if (!rest && properties.size === 0) return undefined;
  const named = new Set(Object.keys(isObject(schema["properties"]) ? schema["properties"] : {}));
  return (value) => {
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        const revive = named.has(key) ? properties.get(key) : rest;
        return [key, revive ? revive(item) : item];
      }),
    );
  };
}

function compileBranches(schema: JsonSchema, root: JsonSchema, seen: Map<string, Slot>): (Reviver | undefined)[] {
  const listed = (keyword: string): unknown[] => (Array.isArray(schema[keyword]) ? (schema[keyword] as unknown[]) : []);
  const every = listed("allOf").map((branch) => compile(branch, root, seen));
  const either = [...listed("anyOf"), ...listed("oneOf")].map((branch) => {
    const revive = compile(branch, root, seen);
    const discriminators = discriminatorsOf(branch, root);
    return revive && discriminators.length > 0 ? (value: unknown) => (isMeant(value, discriminators) ? revive(value) : value) : revive;
  });
  return [...every, ...either];
}

/** A property with the only values that it may have: what tells the members of a discriminated union apart. */
type Discriminator = readonly [key: string, values: readonly unknown[]];

function discriminatorsOf(branch: unknown, root: JsonSchema): Discriminator[] {
  const ref = isObject(branch) ? branch["$ref"] : undefined;
  const schema = typeof ref === "string" ? resolveRef(ref, root) : branch;
  const properties = isObject(schema) && isObject(schema["properties"]) ? schema["properties"] : {};
  return Object.entries(properties).flatMap(([key, property]): Discriminator[] => {
    if (!isObject(property)) return [];
    if ("const" in property) return [[key, [property["const"]]]];
    return Array.isArray(property["enum"]) ? [[key, property["enum"]]] : [];
  });
}

function isMeant(value: unknown, discriminators: readonly Discriminator[]): boolean {
  return !isObject(value) || discriminators.every(([key, values]) => !Object.hasOwn(value, key) || values.includes(value[key]));
}

const isoDate = /^[+-]?\d{4,6}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/;

function reviveDate(value: unknown): unknown {
  if (typeof value !== "string" || !isoDate.test(value)) return value;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? value : date;
}

function reviveBigint(value: unknown): unknown {
  // A number beyond the safe integers has lost its last digits already.
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  return typeof value === "string" && /^-?\d{1,1000}$/.test(value) ? BigInt(value) : value;
}

/**
 * Whether a value is an object of properties and nothing more. A Date, a tensor, a table, a file is none: of a union, one
 * branch may have revived it already, and what was not JSON came as it is to be.
 */
function isObject(value: unknown): value is JsonSchema {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  // That of plain objects has none itself, in every realm.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

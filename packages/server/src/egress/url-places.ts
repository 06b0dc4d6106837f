import type { JsonSchema } from "@bento/core";

import { isBytes } from "../bodies/is-bytes.js";
import { isUrl, mayNameUrls } from "../bodies/url-text.js";
import { tooDeep } from "../http/decode.js";
import { resolveRef } from "../schema-branches.js";
import { type FieldPath, refusal } from "./refusal.js";

/** A URL that stands where a file may be. */
export interface UrlPlace {
  readonly path: FieldPath;
  readonly url: string;
  /** What its schema says the file may have. */
  readonly maxBytes: number;
}

/** How many URLs one request may name. */
export const maxUrls = 32;

/**
 * Finds the URLs in the inputs of one endpoint that stand where its schema lets a URL stand for a file.
 *
 * Of several schemas that a text may be of, the first counts that takes it, as in a union: where that is a text, it is one.
 */
export class UrlFinder {
  readonly #document: JsonSchema;
  /** Which parts of the document lead to such a place, or may: what a reference leads to is not looked at. */
  readonly #mayLead = new WeakMap<JsonSchema, boolean>();

  constructor(document: JsonSchema) {
    this.#document = document;
  }

  /** @throws BENTO_INPUT_INVALID naming the first URL that is one too many; BENTO_BAD_REQUEST for endless nesting */
  find(value: unknown): readonly UrlPlace[] {
    const found: UrlPlace[] = [];
    try {
      this.#walk(value, [this.#document], [], found);
    } catch (error) {
      if (error instanceof RangeError) throw tooDeep(error);
      throw error;
    }
    return found;
  }

  #walk(value: unknown, schemas: readonly unknown[], path: FieldPath, found: UrlPlace[]): void {
    if (typeof value !== "string" && (typeof value !== "object" || value === null)) return;
    if (!schemas.some((schema) => this.#leads(schema))) return;
    const meant = new Set<JsonSchema>();
    for (const schema of schemas) this.#expand(schema, value, meant);
    if (typeof value === "string") return take(value, meant, path, found);
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) this.#walk(item, schemasOfItem(meant, index), [...path, index], found);
    } else {
      for (const [key, item] of Object.entries(value)) this.#walk(item, schemasOfKey(meant, key), [...path, key], found);
    }
  }

  #leads(schema: unknown): boolean {
    if (!isObject(schema)) return false;
    let leads = this.#mayLead.get(schema);
    if (leads === undefined) this.#mayLead.set(schema, (leads = mayNameUrls(schema) || JSON.stringify(schema).includes('"$ref"')));
    return leads;
  }

  /** A schema and all that it points at or chooses from, in their order, as far as a value may be meant by them. */
  #expand(schema: unknown, value: object | string, meant: Set<JsonSchema>): void {
    if (!isObject(schema) || meant.has(schema) || !isMeant(schema, value)) return;
    meant.add(schema);
    if (typeof schema["$ref"] === "string") this.#expand(resolveRef(schema["$ref"], this.#document), value, meant);
    for (const keyword of ["allOf", "anyOf", "oneOf"]) {
      if (Array.isArray(schema[keyword])) for (const branch of schema[keyword]) this.#expand(branch, value, meant);
    }
  }
}

function take(text: string, schemas: ReadonlySet<JsonSchema>, path: FieldPath, found: UrlPlace[]): void {
  if (!isUrl(text)) return;
  for (const schema of schemas) {
    if (takesText(schema, text)) return;
    if (schema["x-bento-url"] !== true) continue;
    if (found.length === maxUrls) throw refusal("too_many", text, path);
    const most = schema["x-bento-max-bytes"];
    found.push({ path, url: text, maxBytes: typeof most === "number" ? most : Infinity });
    return;
  }
}

/** What a schema may be, but for what it is called and where it comes from. */
const restrictions = ["type", "$ref", "allOf", "anyOf", "oneOf", "not", "const", "enum"];

/** Whether a URL would be a text of this schema: of the formats of text only one is a URL's. */
function takesText(schema: JsonSchema, url: string): boolean {
  if ("const" in schema) return schema["const"] === url;
  if (Array.isArray(schema["enum"])) return schema["enum"].includes(url);
  const { type, format = "uri" } = schema;
  if (type !== "string" && !(Array.isArray(type) && type.includes("string"))) return !restrictions.some((name) => name in schema);
  return format === "uri" && !isBytes(schema);
}

/** Whether an object has nothing else where a schema knows only certain values: what tells the members of a union apart. */
function isMeant({ properties }: JsonSchema, value: object | string): boolean {
  if (!isObject(properties) || !isObject(value)) return true;
  return Object.entries(properties).every(([key, property]) => {
    if (!isObject(property) || !Object.hasOwn(value, key)) return true;
    if ("const" in property) return property["const"] === value[key];
    return !Array.isArray(property["enum"]) || property["enum"].includes(value[key]);
  });
}

function schemasOfItem(schemas: ReadonlySet<JsonSchema>, index: number): unknown[] {
  return [...schemas].map(({ prefixItems, items }) =>
    Array.isArray(prefixItems) && index < prefixItems.length ? prefixItems[index] : items,
  );
}

function schemasOfKey(schemas: ReadonlySet<JsonSchema>, key: string): unknown[] {
  return [...schemas].map(({ properties, additionalProperties }) =>
    isObject(properties) && Object.hasOwn(properties, key) ? properties[key] : additionalProperties,
  );
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

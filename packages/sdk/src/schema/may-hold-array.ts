import type { JsonSchema } from "@bento/core";

/**
 * Whether values of a schema may be an array, or an object with an array among its properties; an array with arrays in
 * it where a greater `dimension` is asked for. False only where the schema rules it out: what JSON Schema cannot say,
 * such as a typed array, is described as anything.
 */
export function mayHoldArray(document: JsonSchema, dimension: number): boolean {
  return new Search(document).holds(document, dimension);
}

/** The types that are no arrays: those that JSON has besides, and files. */
const otherTypes: ReadonlySet<unknown> = new Set(["string", "number", "integer", "boolean", "null", "object", "file"]);
const alternatives = ["anyOf", "oneOf", "allOf"];

class Search {
  readonly #root: JsonSchema;
  /** References that are being followed: one that comes back to itself adds nothing. */
  readonly #open = new Set<string>();

  constructor(root: JsonSchema) {
    this.#root = root;
  }

  holds(node: unknown, dimension: number): boolean {
    return (
      this.#isArray(node, dimension) || this.#some(node, (one) => this.#properties(one).some((each) => this.#isArray(each, dimension)))
    );
  }

  #isArray(node: unknown, dimension: number): boolean {
    return this.#some(node, (one) => {
      if ("const" in one) return isDeep(one["const"], dimension);
      if (Array.isArray(one["enum"])) return one["enum"].some((value) => isDeep(value, dimension));
      if (one["x-bento-stream"] === true) return false;
      if (one["type"] === "tensor") return hasDimension(one["shape"], dimension);
      if (one["type"] === "dataframe" || one["x-bento-type"] === "bytes") return dimension === 0;
      const types = Array.isArray(one["type"]) ? (one["type"] as unknown[]) : [one["type"]];
      if (types.some((type) => type !== "array" && !otherTypes.has(type))) return true;
      if (!types.includes("array")) return false;
      return dimension === 0 || this.#items(one).some((item) => this.#isArray(item, dimension - 1));
    });
  }

  /** Whether something holds for a schema, for what it refers to, or for one of the schemas that it is made of. */
  #some(node: unknown, test: (node: JsonSchema) => boolean): boolean {
    if (!isRecord(node)) return node !== false && test({});
    const ref = node["$ref"];
    if (typeof ref === "string") return this.#follow(ref, (target) => this.#some(target, test));
    const parts = alternatives.flatMap((keyword) => (Array.isArray(node[keyword]) ? (node[keyword] as unknown[]) : []));
    if (parts.length === 0) return test(node);
    return ("type" in node && test(node)) || parts.some((part) => this.#some(part, test));
  }

  #follow(ref: string, then: (target: unknown) => boolean): boolean {
    if (this.#open.has(ref)) return false;
    this.#open.add(ref);
    try {
      return then(this.#resolve(ref));
    } finally {
      this.#open.delete(ref);
    }
  }

  #resolve(ref: string): unknown {
    if (!ref.startsWith("#")) return {};
    const parts = decodeURIComponent(ref.slice(1)).split("/").filter(Boolean);
    const names = parts.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
    return names.reduce<unknown>((at, name) => (isRecord(at) ? at[name] : {}), this.#root) ?? {};
  }

  /** The schemas of an object's properties; of those it does not name only where it says something of them. */
  #properties(node: JsonSchema): readonly unknown[] {
    const named = ["properties", "patternProperties"].flatMap((keyword) => Object.values(isRecord(node[keyword]) ? node[keyword] : {}));
    return [...named, node["additionalProperties"] ?? false];
  }

  #items(node: JsonSchema): readonly unknown[] {
    const prefix = Array.isArray(node["prefixItems"]) ? (node["prefixItems"] as unknown[]) : [];
    return [...prefix, node["items"] ?? prefix.length === 0];
  }
}

/** Whether a tensor of this shape has so many dimensions; one whose shape nobody said may have any. */
function hasDimension(shape: unknown, dimension: number): boolean {
  return !Array.isArray(shape) || shape.length > dimension;
}

/** Whether a value is an array with arrays in it, as deep as asked. */
function isDeep(value: unknown, dimension: number): boolean {
  return Array.isArray(value) && (dimension === 0 || value.some((item) => isDeep(item, dimension - 1)));
}

function isRecord(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

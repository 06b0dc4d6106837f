import type { JsonSchema } from "@bento/core";

/** What a value that a person writes may be. */
export type Shape = "text" | "bytes" | "number" | "boolean" | "list" | "object" | "null" | "file" | "any";

const byType: Readonly<Record<string, readonly Shape[]>> = {
  string: ["text"],
  number: ["number"],
  integer: ["number"],
  boolean: ["boolean"],
  null: ["null"],
  array: ["list"],
  object: ["object"],
  tensor: ["list", "number"],
  dataframe: ["list", "object"],
  file: ["file"],
};

/** What a schema says in its own words, behind its references. */
export class SchemaView {
  readonly schema: JsonSchema;
  /** What references are relative to. */
  readonly root: JsonSchema;

  constructor(schema: JsonSchema, root: JsonSchema = schema) {
    this.schema = dereferenced(schema, root);
    this.root = root;
  }

  /** The schemas of which a value must fit one; itself, where it has no such branches. */
  get branches(): readonly SchemaView[] {
    const { anyOf, oneOf } = this.schema;
    const list = [anyOf, oneOf].find((branches) => Array.isArray(branches)) as readonly JsonSchema[] | undefined;
    return list === undefined ? [this] : list.map((branch) => this.#view(branch));
  }

  /** The schema of a property, in whichever objects have it; undefined where there is none of this name. */
  property(name: string): SchemaView | undefined {
    const schemas = this.#objects.flatMap(({ schema }) => {
      const properties = recordOf(schema["properties"]);
      return Object.hasOwn(properties, name) ? [properties[name]] : [];
    });
    return schemas.length === 0 ? undefined : this.#view(schemas.length === 1 ? schemas[0] : { anyOf: schemas });
  }

  get propertyNames(): readonly string[] {
    return [...new Set(this.#objects.flatMap(({ schema }) => Object.keys(recordOf(schema["properties"]))))];
  }

  /** Properties that a value has, whichever of the objects it is. */
  get required(): readonly string[] {
    const [first = [], ...others] = this.#objects.map(({ schema: { required } }) => (Array.isArray(required) ? required : []) as unknown[]);
    return first.filter((name) => typeof name === "string").filter((name) => others.every((names) => names.includes(name)));
  }

  /** The objects of which a value must be one: itself, or all branches of a union that has no others. */
  get #objects(): readonly SchemaView[] {
    const { branches } = this;
    const isUnion = branches[0] !== this && branches.every(({ schema }) => schema["type"] === "object");
    return isUnion ? branches : [this];
  }

  /** Whether a value goes to the service piece by piece, as it comes. */
  get isStream(): boolean {
    return this.schema["x-bento-stream"] === true;
  }

  /** The schema of a list's items. */
  get items(): SchemaView {
    return this.#view(this.schema["items"]);
  }

  /** What a value of it may be, whichever branch it fits. @param seen schemas that are looked at already: one may contain itself */
  shapes(seen: Set<JsonSchema> = new Set()): ReadonlySet<Shape> {
    const { branches } = this;
    if (branches[0] !== this) {
      if (seen.has(this.schema)) return new Set();
      seen.add(this.schema);
      return new Set(branches.flatMap((branch) => [...branch.shapes(seen)]));
    }
    const { type, enum: choices, const: only, format, contentEncoding } = this.schema;
    if (type === "string" && (format === "binary" || contentEncoding === "base64")) return new Set(["bytes"]);
    const types = Array.isArray(type) ? type : type === undefined ? typesOf(Array.isArray(choices) ? choices : [only]) : [type];
    return new Set(
      types.flatMap((each) => (typeof each === "string" && Object.hasOwn(byType, each) ? (byType[each] ?? []) : ["any" as const])),
    );
  }

  #view(schema: unknown): SchemaView {
    return new SchemaView(recordOf(schema), this.root);
  }
}

function typesOf(values: readonly unknown[]): readonly string[] {
  return values.map((value) => (value === null ? "null" : value === undefined ? "any" : typeof value));
}

function dereferenced(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const name = /^#\/(?:\$defs|definitions)\/([^/]+)$/.exec(typeof schema["$ref"] === "string" ? schema["$ref"] : "")?.[1];
  if (name === undefined) return schema;
  const definitions = { ...recordOf(root["definitions"]), ...recordOf(root["$defs"]) };
  // A definition that is a reference itself stands for anything: following it could go on for ever.
  return Object.hasOwn(definitions, name) ? recordOf(definitions[name]) : {};
}

function recordOf(value: unknown): JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonSchema) : {};
}

import type { JsonSchema } from "@bento/core";

import { branchesOf } from "../schema-branches.js";
import type { FormPart } from "./form.js";
import { parseFieldText } from "./field-text.js";
import { isBytes } from "./is-bytes.js";
import { decodePart } from "./part-value.js";

/** What a schema says of one field of a form. */
export interface FormField {
  /** Whether it is a file, or a list of files. */
  readonly isFile: boolean;
  /** Whether it is bytes, or a list of these. */
  readonly isBytes: boolean;
  /** Whether it may be a list, which the same field several times makes. */
  readonly isList: boolean;
  /** JSON types of its values; `undefined` where the schema does not tell. */
  readonly types: ReadonlySet<string> | undefined;
  /** Whether whole numbers are bigints, which JSON cannot carry as numbers. */
  readonly isBigint: boolean;
}

const known = new WeakMap<JsonSchema, ReadonlyMap<string, FormField>>();

/** The fields of an input; worked out once for each schema. */
export function fieldsOf(input: JsonSchema): ReadonlyMap<string, FormField> {
  let fields = known.get(input);
  if (fields === undefined) known.set(input, (fields = readFields(input)));
  return fields;
}

/** The value of a field of which these parts came: a list of all where it may be one, else the first. */
export function valueOf(parts: readonly FormPart[], field: FormField | undefined): unknown {
  const [first] = parts as readonly [FormPart];
  if (field?.isList !== true) return valueOfPart(first, field);
  const values = parts.map((part) => valueOfPart(part, field));
  // A list as one text in JSON is that list.
  return values.length === 1 && Array.isArray(values[0]) ? (values[0] as unknown) : values;
}

function valueOfPart(part: FormPart, field: FormField | undefined): unknown {
  const decoded = decodePart(part, field);
  return "value" in decoded ? decoded.value : parseFieldText(decoded.text, field);
}

function readFields(input: JsonSchema): ReadonlyMap<string, FormField> {
  const branches = new Map<string, JsonSchema[]>();
  for (const object of branchesOf(input, input)) {
    const { properties } = object;
    if (typeof properties !== "object" || properties === null) continue;
    for (const [name, property] of Object.entries(properties as Record<string, unknown>)) {
      branches.set(name, [...(branches.get(name) ?? []), ...branchesOf(property, input)]);
    }
  }
  return new Map([...branches].map(([name, schemas]) => [name, fieldOf(schemas, input)]));
}

function fieldOf(schemas: readonly JsonSchema[], input: JsonSchema): FormField {
  const items = schemas.flatMap((schema) => branchesOf(schema["items"], input));
  const all = [...schemas, ...items];
  return {
    isFile: all.some((schema) => schema["type"] === "file"),
    isBytes: all.some(isBytes),
    isList: schemas.some((schema) => schema["type"] === "array"),
    types: typesOf(all),
    isBigint: all.some((schema) => schema["x-bento-type"] === "bigint"),
  };
}

/** `undefined` as soon as one branch may be anything. */
function typesOf(schemas: readonly JsonSchema[]): ReadonlySet<string> | undefined {
  const types = new Set<string>();
  for (const schema of schemas) {
    const { type } = schema;
    if (typeof type === "string") types.add(type);
    else if (Array.isArray(type)) for (const name of type) types.add(String(name));
    else if (!("anyOf" in schema || "oneOf" in schema || "allOf" in schema || "$ref" in schema)) return undefined;
  }
  return types;
}

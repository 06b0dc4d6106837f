import type { JsonSchema } from "@bento/core";

/** What somebody is asked for, or shown, where a schema stands. */
export type Kind =
  | "any"
  | "array"
  | "bigint"
  | "boolean"
  | "bytes"
  | "const"
  | "dataframe"
  | "date"
  | "enum"
  | "file"
  | "integer"
  | "number"
  | "object"
  | "record"
  | "string"
  | "tensor"
  | "tuple";

/** References one in another are followed so far: a schema may point at itself. */
const deepest = 16;

/** A schema with what it points at in its place; what stands beside the reference wins. */
export function resolve(schema: unknown, root: JsonSchema, depth = 0): JsonSchema {
  if (!isRecord(schema)) return {};
  const { $ref: ref, allOf, ...own } = schema;
  if (depth > deepest) return own;
  const parts = [...(typeof ref === "string" ? [lookUp(ref, root)] : []), ...listOf(allOf)].map((part) => resolve(part, root, depth + 1));
  return parts.length === 0 ? schema : [...parts, own].reduce(merge);
}

function merge(one: JsonSchema, other: JsonSchema): JsonSchema {
  const properties = { ...propertiesOf(one), ...propertiesOf(other) };
  const required = [...listOf(one["required"]), ...listOf(other["required"])];
  return { ...one, ...other, ...(Object.keys(properties).length > 0 && { properties, required }) };
}

function lookUp(ref: string, root: JsonSchema): unknown {
  let target: unknown = root;
  for (const part of ref.replace(/^#/, "").split("/").filter(Boolean)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    target = isRecord(target) && Object.hasOwn(target, key) ? target[key] : undefined;
  }
  return target;
}

/** What a value may be, besides `null`: one schema, or several to choose from. */
export interface Choice {
  readonly options: readonly JsonSchema[];
  readonly isNullable: boolean;
}

/** Takes a schema's unions apart. */
export function choiceOf(schema: unknown, root: JsonSchema, depth = 0): Choice {
  const whole = resolve(schema, root);
  const members = [...listOf(whole["anyOf"]), ...listOf(whole["oneOf"])];
  if (members.length === 0 || depth > deepest) return { options: optionsOf(whole), isNullable: admitsNull(whole) };
  const choices = members.map((member) => choiceOf(member, root, depth + 1));
  return { options: choices.flatMap(({ options }) => options), isNullable: choices.some(({ isNullable }) => isNullable) };
}

function optionsOf(schema: JsonSchema): readonly JsonSchema[] {
  const { type } = schema;
  if (type === "null") return [];
  return Array.isArray(type) ? type.filter((name) => name !== "null").map((name: unknown) => ({ ...schema, type: name })) : [schema];
}

function admitsNull({ type }: JsonSchema): boolean {
  return type === "null" || (Array.isArray(type) && type.includes("null"));
}

/** What a schema without unions asks for. */
export function kindOf(schema: JsonSchema): Kind {
  const { type } = schema;
  if (type === "file" || type === "tensor" || type === "dataframe") return type;
  if (
    schema["x-bento-type"] === "bytes" ||
    (type === "string" && (schema["format"] === "binary" || schema["contentEncoding"] === "base64"))
  )
    return "bytes";
  if (schema["x-bento-type"] === "bigint") return "bigint";
  if ("const" in schema) return "const";
  if (Array.isArray(schema["enum"])) return "enum";
  if (type === "string") return schema["format"] === "date-time" ? "date" : "string";
  if (type === "array") return Array.isArray(schema["prefixItems"]) ? "tuple" : "array";
  if (type === "object") return isRecord(schema["properties"]) ? "object" : "record";
  return type === "boolean" || type === "integer" || type === "number" ? type : "any";
}

const names: Partial<Record<Kind, string>> = {
  any: "any JSON",
  string: "text",
  dataframe: "table",
  record: "object",
  date: "date and time",
};

/** A few words for what a schema asks for: `float32 [n, 64]`, `image`, `list of text`. */
export function describe(schema: unknown, root: JsonSchema, depth = 0): string {
  const { options, isNullable } = choiceOf(schema, root);
  const all = options.map((option) => describeOne(option, root, depth));
  return [...new Set([...all, ...(isNullable ? ["null"] : [])])].join(" or ") || "null";
}

function describeOne(schema: JsonSchema, root: JsonSchema, depth: number): string {
  const kind = kindOf(schema);
  if (schema["x-bento-stream"] === true) return `stream of ${kind === "file" ? "bytes" : describe(schema["items"], root, depth + 1)}`;
  if (kind === "file") return describeFile(schema);
  if (kind === "tensor") return `${textOf(schema["dtype"]) ?? "tensor"}${shapeText(shapeOf(schema))}`;
  if (kind === "const") return JSON.stringify(schema["const"]);
  if (kind === "enum") return `one of ${listOf(schema["enum"]).length}`;
  if (kind === "array" && depth < 3) {
    const item = describe(schema["items"], root, depth + 1);
    return `list of ${item.includes(" or ") ? `(${item})` : item}`;
  }
  return names[kind] ?? kind;
}

function describeFile({ content_type: type, format, "x-bento-formats": formats }: JsonSchema): string {
  if (format === "image") return Array.isArray(formats) ? `image: ${formats.join(", ")}` : "image";
  const [family = "", own = "*"] = (textOf(type) ?? "").split("/");
  if (family === "") return "file";
  if (own === "pdf") return "PDF";
  return own === "*" ? `${family} file` : `${family}/${own}`;
}

/** A tensor's dimensions: sizes, names, or -1 for any size; `undefined` where nothing is said. */
export function shapeOf(schema: JsonSchema): readonly (number | string)[] | undefined {
  const shape = schema["x-bento-shape"] ?? schema["shape"];
  return Array.isArray(shape) ? (shape as (number | string)[]) : undefined;
}

/** Dimensions in words: ` [n, 64]`; `""` where nothing is said of them. */
export function shapeText(shape: readonly (number | string)[] | undefined): string {
  return shape === undefined ? "" : ` [${shape.map((size) => (size === -1 ? "any" : size)).join(", ")}]`;
}

/** Whether files, tensors, tables or bytes stand anywhere in a schema. */
export function holdsKinds(schema: JsonSchema): boolean {
  return /"type":"(?:file|tensor|dataframe)"|"x-bento-type":"bytes"|"format":"binary"/.test(JSON.stringify(schema));
}

/** The properties of an object, by name. */
export function propertiesOf(schema: JsonSchema): Readonly<Record<string, unknown>> {
  return isRecord(schema["properties"]) ? schema["properties"] : {};
}

/** A list as it is, nothing for whatever is none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text as it is, nothing for whatever is none. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** An object with names, as JSON has it. */
export function isRecord(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

import type { JsonSchema } from "@bento/core";

import { isBytes } from "../bodies/is-bytes.js";
import { isInputStream } from "../input-streams/input-plan.js";
import { type Packing, packedTypes, packingsOfInput, packingsOfOutput } from "../packing/packing.js";
import { branchesOf } from "../schema-branches.js";

const binaryType = "application/octet-stream";
const formType = "multipart/form-data";
const linesType = "application/jsonl";
const anyType = "*/*";

/** A kind that only BentoML's vocabulary knows, in words that OpenAPI knows: how it is written as JSON. */
export function describedKind(node: JsonSchema): JsonSchema {
  switch (node["type"]) {
    case "file":
      return { ...told(node), type: "string", format: "binary" };
    case "tensor":
      return { ...told(node), ...tensorWords(node) };
    case "dataframe":
      return { ...told(node), ...tableWords(node) };
    default:
      return node;
  }
}

/** The media types of an input's body, the usual one first. @param isObject whether the input is a plain object */
export function inputTypes(input: JsonSchema, isObject: boolean): string[] {
  if (isInputStream(input)) return input["type"] === "file" ? [anyType] : [linesType, "application/json"];
  return [...plainTypes(input), ...typesOf(packingsOfInput(input, isObject))];
}

/** The media types of an answer's body, that first which it has unless its caller asks for another. */
export function outputTypes(output: JsonSchema): string[] {
  return [...plainTypes(output), ...typesOf(packingsOfOutput(output))];
}

function plainTypes(schema: JsonSchema): string[] {
  const whole = wholeType(schema);
  if (whole !== undefined) return [whole];
  return hasFiles(schema) ? ["application/json", formType] : ["application/json"];
}

function typesOf(packings: readonly Packing[]): string[] {
  return packings.map((packing) => packedTypes[packing]);
}

/** What the content of a media type is; of a form, parts that are no files hold JSON. Bytes that no schema tells of have none. */
export function contentOf(type: string, schema: JsonSchema, input: JsonSchema): object {
  // Lines are described by what each of them is, as the items of an answer are.
  if (type === linesType) return { schema: { $ref: `${String(schema["$ref"])}/items` } };
  if (Object.values(packedTypes).includes(type)) return {};
  if (type !== formType) return { schema };
  const others = Object.entries(propertiesOf(input)).filter(([, property]) => !isFiles(property, input));
  return { schema, encoding: Object.fromEntries(others.map(([name]) => [name, { contentType: "application/json" }])) };
}

/** The type of what travels as it is: a file, bytes, text. */
function wholeType(schema: JsonSchema): string | undefined {
  const branches = branchesOf(schema, schema);
  const file = branches.find(({ type }) => type === "file");
  if (file !== undefined) return fileType(file);
  if (branches.some(isBytes)) return binaryType;
  return schema["type"] === "string" ? "text/plain" : undefined;
}

function fileType({ content_type: contentType, format }: JsonSchema): string {
  if (typeof contentType === "string") return contentType;
  return format === "image" ? "image/*" : binaryType;
}

function hasFiles(input: JsonSchema): boolean {
  return Object.values(propertiesOf(input)).some((property) => isFiles(property, input));
}

function propertiesOf({ properties }: JsonSchema): Readonly<Record<string, unknown>> {
  return typeof properties === "object" && properties !== null ? (properties as Record<string, unknown>) : {};
}

/** Whether a property is a file, or a list of files. */
function isFiles(property: unknown, root: JsonSchema): boolean {
  const branches = branchesOf(property, root);
  const items = branches.filter(({ type }) => type === "array").flatMap((list) => branchesOf(list["items"], root));
  return [...branches, ...items].some(({ type }) => type === "file");
}

/** What was said about a kind, besides what it is. */
function told(node: JsonSchema): JsonSchema {
  const words = Object.entries(node).filter(([name]) => name.startsWith("x-bento-") || general.has(name));
  return Object.fromEntries(words);
}

const general = new Set(["title", "description", "default", "examples", "deprecated"]);

function tensorWords({ dtype, shape }: JsonSchema): JsonSchema {
  const sizes: readonly unknown[] = Array.isArray(shape) ? shape : [-1];
  // Of a shape that nobody said, only the outermost lists are known.
  const element = Array.isArray(shape) ? elementWords(dtype) : {};
  return sizes.reduceRight<JsonSchema>(
    (items, size) => ({ type: "array", items, ...(size === -1 ? {} : { minItems: size, maxItems: size }) }),
    element,
  );
}

function elementWords(dtype: unknown): JsonSchema {
  if (typeof dtype !== "string") return {};
  if (dtype === "bool") return { type: "boolean" };
  if (dtype === "float32" || dtype === "float64") return { type: "number", format: dtype === "float32" ? "float" : "double" };
  if (dtype.includes("float")) return { type: "number" };
  return dtype === "int32" || dtype === "int64" ? { type: "integer", format: dtype } : { type: "integer" };
}

function tableWords({ columns, orient }: JsonSchema): JsonSchema {
  const names: readonly unknown[] = Array.isArray(columns) ? columns : [];
  const cells = (cell: JsonSchema): JsonSchema => ({
    type: "object",
    ...(names.length === 0
      ? { additionalProperties: cell }
      : { properties: Object.fromEntries(names.map((name) => [String(name), cell])) }),
  });
  return orient === "columns" ? cells({ type: "array", items: {} }) : { type: "array", items: cells({}) };
}

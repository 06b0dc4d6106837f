import { wireNames } from "@bento/core";
import type { SchemaView } from "./shapes.js";

/** So many choices are shown. */
const shownChoices = 5;

/** What a value of a schema is, in a few words: `text`, `list of integer`, `tensor float32[?,64]`, `image file`. */
export function shapeText(view: SchemaView, depth = 0): string {
  const { branches } = view;
  if (depth > 3) return "any";
  if (branches[0] !== view) return joined(branches.slice(0, shownChoices + 1).map((branch) => shapeText(branch, depth + 1)));
  const { type, format, contentEncoding, enum: choices, const: only } = view.schema;
  if (only !== undefined) return JSON.stringify(only);
  if (Array.isArray(choices)) return joined(choices.map((choice) => JSON.stringify(choice)));
  if (Array.isArray(type)) return joined(type.map(simple));
  if (type === "string")
    return format === "binary" || contentEncoding === "base64" ? "bytes" : typeof format === "string" ? format : "text";
  if (type === "array" && view.isStream) return `stream of ${shapeText(view.items, depth + 1)}`;
  if (type === "array") return view.schema["items"] === undefined ? "list" : `list of ${shapeText(view.items, depth + 1)}`;
  if (type === "tensor") return tensorText(view);
  if (type === "file") return fileText(view);
  if (type === "dataframe") return "table";
  return simple(type);
}

function simple(type: unknown): string {
  if (typeof type !== "string") return "any";
  return type === "boolean" ? "true|false" : type === "string" ? "text" : type;
}

function tensorText({ schema: { dtype, shape, "x-bento-shape": named } }: SchemaView): string {
  const sizes = Array.isArray(named) ? named : Array.isArray(shape) ? shape : undefined;
  const about = `${typeof dtype === "string" ? dtype : ""}${sizes === undefined ? "" : `[${sizes.map(sizeText).join(",")}]`}`;
  return about === "" ? "tensor" : `tensor ${about}`;
}

function sizeText(size: unknown): string {
  return typeof size === "string" || (typeof size === "number" && size >= 0) ? `${size}` : "?";
}

function fileText({ schema, isStream }: SchemaView): string {
  const { content_type: contentType, format } = schema;
  if (isStream) return "stream of bytes";
  if (typeof contentType === "string") return `${contentType} file`;
  return format === "image" ? "image file" : "file";
}

function joined(texts: readonly string[]): string {
  const different = [...new Set(texts)];
  return different.length > shownChoices ? `${different.slice(0, shownChoices).join("|")}|...` : different.join("|");
}

/** What an endpoint takes, as it is written on the command line: `--images <tensor> [--top <integer>]`. */
export function inputText(input: SchemaView): string {
  return inputWords(input).join(" ");
}

/** The same by the argument. */
export function inputWords(input: SchemaView): readonly string[] {
  const isRoot = input.schema[wireNames.rootInput] === true && input.propertyNames.length === 0;
  if (isRoot) return [`<${shapeText(input)}>`];
  return input.propertyNames.map((name) => {
    const text = `--${name} <${shapeText(input.property(name) ?? input)}>`;
    return input.required.includes(name) ? text : `[${text}]`;
  });
}

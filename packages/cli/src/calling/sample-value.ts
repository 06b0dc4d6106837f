import type { Shape, SchemaView } from "./shapes.js";

/** Samples of texts by their format. */
const byFormat: Readonly<Record<string, string>> = {
  "date-time": "2026-01-31T12:00:00Z",
  date: "2026-01-31",
  time: "12:00:00",
  duration: "PT1M",
  uuid: "123e4567-e89b-12d3-a456-426614174000",
  email: "ada@example.org",
  uri: "https://example.org/",
};

const byShape: Readonly<Partial<Record<Shape, string>>> = { bytes: "@./data.bin", boolean: "true", list: "[1, 2]", object: "{}" };

/** Elements of a tensor that are still written out in an example. */
const mostElements = 12;

/** A value as somebody might write it on the command line, to be seen in an example. */
export function sampleValue(view: SchemaView, depth = 0): string {
  const { type, format, default: given, enum: choices, const: only } = view.schema;
  const known = only ?? (Array.isArray(choices) ? (choices[0] as unknown) : undefined) ?? given;
  if (known !== undefined) return typeof known === "string" ? known : JSON.stringify(known);
  const branch = view.branches.find(({ schema }) => schema["type"] !== "null");
  if (branch !== undefined && branch !== view && depth < 4) return sampleValue(branch, depth + 1);
  if (view.isStream) return type === "file" ? "@./data.bin" : "@./items.jsonl";
  if (type === "file") return fileSample(view);
  if (type === "tensor") return tensorSample(view);
  if (type === "dataframe") return tableSample(view);
  if (type === "integer") return "1";
  if (type === "number") return "0.5";
  if (type === "string" && typeof format === "string" && Object.hasOwn(byFormat, format)) return byFormat[format] ?? "text";
  if (type === "array" && view.schema["items"] !== undefined && depth < 4) return listSample(view, depth);
  const [shape = "any"] = view.shapes();
  return byShape[shape] ?? "text";
}

function fileSample({ schema: { content_type: contentType, format } }: SchemaView): string {
  const [, kind = "", subtype = ""] = /^([a-z]+)\/([a-z\d]+)/.exec(typeof contentType === "string" ? contentType : "") ?? [];
  if (format === "image" || kind === "image") return `@./picture.${subtype === "" ? "png" : subtype}`;
  return subtype === "" ? "@./file" : `@./file.${subtype === "plain" ? "txt" : subtype}`;
}

function tableSample({ schema: { columns, orient } }: SchemaView): string {
  const names = Array.isArray(columns) ? columns.map(String) : ["a", "b"];
  const isByColumn = orient === "columns";
  const row = Object.fromEntries(names.map((name) => [name, isByColumn ? [1] : 1]));
  return JSON.stringify(isByColumn ? row : [row]);
}

function listSample(view: SchemaView, depth: number): string {
  const item = sampleValue(view.items, depth + 1);
  // Given once for each file.
  if (item.startsWith("@")) return item;
  const isText = view.items.shapes().has("text") || view.items.shapes().has("any");
  return `[${isText ? JSON.stringify(item) : item}]`;
}

function tensorSample({ schema: { shape } }: SchemaView): string {
  const sizes = Array.isArray(shape) ? shape.map((size) => (typeof size === "number" && size > 0 ? size : 1)) : [2];
  if (sizes.reduce((all, size) => all * size, 1) > mostElements) return "@./values.json";
  return JSON.stringify(sizes.reduceRight<unknown>((inner, size) => Array.from({ length: size }, () => inner), 0));
}

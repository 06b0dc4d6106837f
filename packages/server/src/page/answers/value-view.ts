import type { JsonSchema } from "@bento/core";

import { h, type ObjectUrls } from "../dom.js";
import { countText } from "../numbers.js";
import { choiceOf, holdsKinds, isRecord, kindOf, propertiesOf, shapeText, textOf } from "../schema.js";
import { shapeOfLists, tensorText } from "../tensors.js";
import { blobView, fileNameOf } from "./blob-view.js";
import { jsonBlock, textBlock } from "./json-text.js";
import { tableView } from "./table-view.js";

/** What is needed to show a value. */
export interface ViewContext {
  /** What references of schemas lead into. */
  readonly root: JsonSchema;
  readonly urls: ObjectUrls;
  /** What files are called that say nothing of it. */
  readonly name: string;
}

/** Members of a list that are shown one by one. */
const mostItems = 50;

/** A value of an answer as what its schema says it is: a table, a tensor, a picture; else as JSON. */
export async function valueView(value: unknown, schema: unknown, context: ViewContext): Promise<HTMLElement> {
  for (const option of choiceOf(schema, context.root).options) {
    const view = await viewAs(value, option, context);
    if (view !== undefined) return view;
  }
  return typeof value === "string" && value.includes("\n") ? textBlock(value) : jsonBlock(value);
}

/** The view of a value as one kind; `undefined` where it is none of that, or JSON does as well. */
async function viewAs(value: unknown, schema: JsonSchema, context: ViewContext): Promise<HTMLElement | undefined> {
  const kind = kindOf(schema);
  if (kind === "tensor") return Array.isArray(value) || typeof value === "number" ? tensorView(value, schema) : undefined;
  if (kind === "dataframe") return tableView(value);
  if (kind === "file" || kind === "bytes") {
    const blob = typeof value === "string" ? blobOf(value, kind === "bytes" ? schema : undefined) : undefined;
    return blob && blobView(blob, fileNameOf(blob.type, null, context.name), context.urls);
  }
  if (!holdsKinds({ ...schema, $defs: context.root["$defs"] })) return undefined;
  if (kind === "object" && isRecord(value)) return partsView(value, schema, context);
  return kind === "array" && Array.isArray(value) ? itemsView(value, schema, context) : undefined;
}

function tensorView(value: unknown, schema: JsonSchema): HTMLElement {
  const about = `${textOf(schema["dtype"]) ?? "tensor"}, shape${shapeText(shapeOfLists(value))}`;
  return h("div", {}, h("p", { class: "shape" }, about), h("pre", { tabindex: 0, class: "tensor" }, tensorText(value)));
}

async function partsView(value: JsonSchema, schema: JsonSchema, context: ViewContext): Promise<HTMLElement> {
  const parts = h("dl", { class: "parts" });
  for (const [name, part] of Object.entries(value)) {
    const view = await valueView(part, propertiesOf(schema)[name] ?? schema["additionalProperties"], { ...context, name });
    parts.append(h("dt", {}, name), h("dd", {}, view));
  }
  return parts;
}

async function itemsView(values: readonly unknown[], schema: JsonSchema, context: ViewContext): Promise<HTMLElement> {
  const views = values
    .slice(0, mostItems)
    .map((item, index) => valueView(item, schema["items"], { ...context, name: `${context.name}-${index + 1}` }));
  const list = h("ol", { class: "items" }, ...(await Promise.all(views)).map((view) => h("li", {}, view)));
  return values.length <= mostItems
    ? list
    : h("div", {}, list, h("p", { class: "cut" }, `${countText(values.length, "item")}; the first ${mostItems} are shown.`));
}

/** The bytes of a data URL; of text that stands for bytes, as their schema says they are written. */
function blobOf(text: string, bytes: JsonSchema | undefined): Blob | undefined {
  if (bytes !== undefined) {
    const isText = bytes["format"] === "binary" && bytes["contentEncoding"] === undefined;
    return isText ? new Blob([text], { type: "text/plain" }) : fromBase64(text, "");
  }
  const [, type = "", data = ""] = /^data:([^;,]*)[^,]*;base64,(.*)$/s.exec(text) ?? [];
  return data === "" ? undefined : fromBase64(data, type);
}

function fromBase64(text: string, type: string): Blob | undefined {
  try {
    return new Blob([Uint8Array.from(atob(text), (character) => character.charCodeAt(0))], { type });
  } catch {
    return undefined;
  }
}

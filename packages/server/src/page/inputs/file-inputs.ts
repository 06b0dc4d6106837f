import type { JsonSchema } from "@bento/core";

import { button, h, ObjectUrls, tellChange } from "../dom.js";
import { countText, sizeText } from "../numbers.js";
import { preview } from "../preview.js";
import { describe, listOf, textOf } from "../schema.js";
import { type Input, InputProblem } from "./input.js";

/** A file, chosen or dropped, with a look at what it holds; where the service fetches URLs, that of one. */
export function fileInput(schema: JsonSchema): Input {
  const picker = filePicker(schema, false);
  if (schema["x-bento-url"] !== true) return picker;
  const url = h("input", { type: "url", class: "url", placeholder: "or the URL of one", "aria-label": "URL of the file" });
  const element = h("div", {}, picker.element, url);
  return { ...picker, element, read: () => (url.value === "" ? picker.read() : url.value) };
}

/** Any number of files. */
export function filesInput(items: JsonSchema): Input {
  return filePicker(items, true);
}

/**
 * The browser's own input lies over the whole area, unseen: so choosing, dropping and the keyboard are its work, and what
 * it holds is what is sent.
 */
function filePicker(schema: JsonSchema, isMany: boolean): Input {
  const control = h("input", { type: "file", accept: acceptOf(schema), multiple: isMany });
  const what = schema["x-bento-stream"] === true ? "file" : describe(schema, schema);
  const article = /^[aeiou]/.test(what) ? "an" : "a";
  const invitation = h(
    "span",
    {},
    h("b", {}, isMany ? "Choose files" : `Choose ${article} ${what.split(":", 1)[0]}`),
    " or drop ",
    isMany ? "them" : "it",
    " here",
  );
  const area = h("div", { class: "drop" }, invitation, control);
  const shown = h("div", { class: "previews" });
  const urls = new ObjectUrls();
  const show = (): void => {
    urls.release();
    const files = [...(control.files ?? [])];
    shown.replaceChildren(...files.map((file) => previewOf(file, urls)));
    if (files.length > 0) shown.append(removal(control, isMany ? countText(files.length, "file") : ""));
  };
  control.addEventListener("change", show);
  for (const [event, isOver] of [
    ["dragenter", true],
    ["dragleave", false],
    ["drop", false],
  ] as const)
    area.addEventListener(event, () => area.classList.toggle("over", isOver));
  const read = (): unknown => {
    const files = [...(control.files ?? [])];
    if (isMany) return files;
    if (files[0] === undefined) throw new InputProblem("Choose a file.");
    return files[0];
  };
  return { element: h("div", {}, area, shown), control, read };
}

function removal(control: HTMLInputElement, count: string): HTMLElement {
  const remove = (): void => {
    control.value = "";
    control.dispatchEvent(new Event("change"));
    tellChange(control);
    control.focus();
  };
  return h("p", { class: "row" }, count, button("Remove", remove, { class: "quiet" }));
}

function previewOf(file: File, urls: ObjectUrls): HTMLElement {
  const about = `${file.name} · ${sizeText(file.size)}${file.type === "" ? "" : ` · ${file.type}`}`;
  return h("figure", {}, preview(file, `Preview of ${file.name}`, urls), h("figcaption", {}, about));
}

/** What the browser offers to choose from. */
function acceptOf({ content_type: type, format, "x-bento-formats": formats }: JsonSchema): string | undefined {
  if (format !== "image") return textOf(type);
  const types = listOf(formats).map((name) => `image/${String(name)}`);
  return types.length === 0 ? "image/*" : types.join(",");
}

import type { JsonSchema } from "@bento/core";

import { h } from "../dom.js";
import { BytesValue } from "../values.js";
import { filesInput } from "./file-inputs.js";
import { type Input, InputProblem } from "./input.js";

const forms = ["text", "base64", "hex", "file"] as const;
type Form = (typeof forms)[number];

/** Bytes: typed as text, in base64 or in hex, or those of a file. */
export function bytesInput(schema: JsonSchema, initial: unknown): Input {
  const encoding = schema["contentEncoding"] === "base64" || schema["format"] !== "binary" ? "base64" : "utf-8";
  const select = h("select", { "aria-label": "Given as" }, ...forms.map((form) => h("option", {}, form)));
  const control = h("textarea", { class: "code", rows: 1, spellcheck: "false" });
  if (typeof initial === "string") {
    control.value = initial;
    select.value = encoding === "base64" ? "base64" : "text";
  }
  const file = filesInput({ type: "file" });
  file.control?.removeAttribute("multiple");
  file.control?.setAttribute("aria-label", "File with the bytes");
  file.element.hidden = true;
  select.addEventListener("input", () => {
    file.element.hidden = select.value !== "file";
    control.hidden = select.value === "file";
  });
  const read = (): BytesValue => {
    const [chosen] = file.read() as File[];
    if (select.value === "file" && chosen === undefined) throw new InputProblem("Choose a file.");
    return new BytesValue(select.value === "file" ? (chosen as File) : new Blob([bytesOf(control.value, select.value as Form)]), encoding);
  };
  return { element: h("div", { class: "bytes" }, select, control, file.element), control, read };
}

function bytesOf(text: string, form: Form): Uint8Array<ArrayBuffer> {
  const plain = text.replaceAll(/\s/g, "");
  if (form === "hex") {
    if (!/^(?:[0-9a-f]{2})*$/i.test(plain)) throw new InputProblem("Give pairs of the digits 0 to 9 and a to f.");
    return Uint8Array.from(plain.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  }
  if (form === "text") return new TextEncoder().encode(text);
  try {
    return Uint8Array.from(atob(plain), (character) => character.charCodeAt(0));
  } catch {
    throw new InputProblem("This is not base64.");
  }
}

import { h } from "../dom.js";

/** What a browser tells of a number besides its value: how it was written. */
type Reviver = (this: unknown, key: string, value: unknown, context?: { readonly source?: string }) => unknown;

/** JSON with whole numbers as they stand in it, where a number would lose some of their digits. */
export function parseExact(text: string): unknown {
  const reviver: Reviver = (_key, value, context) => {
    const isRounded = typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
    return isRounded && /^-?\d+$/.test(context?.source ?? "") ? BigInt(context?.source ?? "") : value;
  };
  return JSON.parse(text, reviver);
}

/** What fits into so many characters stays on one line. */
const lineWidth = 72;

/** JSON to be read: short lists and objects on one line, others with a line for each of their members. */
export function indented(value: unknown, depth = 0): string {
  if (typeof value !== "object" || value === null) return typeof value === "bigint" ? String(value) : JSON.stringify(value);
  const isList = Array.isArray(value);
  const members = isList
    ? value.map((item) => indented(item, depth + 1))
    : Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${indented(item, depth + 1)}`);
  const [open, close, space] = isList ? ["[", "]", ""] : ["{", "}", " "];
  if (members.length === 0) return open + close;
  const line = `${open}${space}${members.join(", ")}${space}${close}`;
  if (line.length + 2 * depth <= lineWidth && !line.includes("\n")) return line;
  const indent = "  ".repeat(depth);
  return `${open}\n${members.map((member) => `${indent}  ${member}`).join(",\n")}\n${indent}${close}`;
}

/** Characters of a text that are shown. */
const mostShown = 100_000;
/** Longer texts are shown in one colour. */
const mostColoured = 20_000;

const tokens = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** JSON, coloured where it is not long. */
export function jsonBlock(value: unknown): HTMLElement {
  const text = indented(value);
  if (text.length > mostColoured) return textBlock(text);
  const block = h("pre", { tabindex: 0, class: "text" });
  let end = 0;
  for (const match of text.matchAll(tokens)) {
    const [whole, quoted, colon, word] = match;
    const kind = colon !== undefined ? "json-key" : quoted !== undefined ? "json-text" : word !== undefined ? "json-word" : "json-number";
    block.append(text.slice(end, match.index), h("span", { class: kind }, quoted ?? whole), colon ?? "");
    end = match.index + whole.length;
  }
  block.append(text.slice(end));
  return block;
}

/** Text as it is: what looks like markup in it is shown, never read. */
export function textBlock(text: string): HTMLElement {
  const block = h("pre", { tabindex: 0, class: "text" }, text.slice(0, mostShown));
  if (text.length <= mostShown) return block;
  const shown = `${mostShown.toLocaleString("en")} of ${text.length.toLocaleString("en")} characters are shown.`;
  return h("div", {}, block, h("p", { class: "cut" }, shown, " Save the answer to have them all."));
}

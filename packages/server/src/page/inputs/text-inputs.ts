import type { JsonSchema } from "@bento/core";

import { h } from "../dom.js";
import { listOf, textOf } from "../schema.js";
import { JsonText, Moment } from "../values.js";
import { type Input, InputProblem } from "./input.js";

/** Text, which may have many lines. */
export function textInput(schema: JsonSchema, initial: unknown): Input {
  const text = textOf(initial) ?? textOf(listOf(schema["examples"])[0]) ?? "";
  const format = textOf(schema["format"]);
  if (format !== undefined || schema["writeOnly"] === true) {
    const type = schema["writeOnly"] === true ? "password" : (formats[format ?? ""] ?? "text");
    const single = h("input", { type, value: text, autocomplete: "off", spellcheck: "false" });
    return { element: single, control: single, read: () => single.value };
  }
  const area = h("textarea", { rows: 1, spellcheck: "false", maxlength: sizeOf(schema["maxLength"]) });
  area.value = text;
  return { element: area, control: area, read: () => area.value };
}

/** Formats that browsers have an input for whose value is the text itself; what else has a format has one line at least. */
const formats: Readonly<Record<string, string>> = { date: "date", time: "time", password: "password" };

function sizeOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** A number; whole ones keep all of their digits. */
export function numberInput(schema: JsonSchema, initial: unknown, { isWhole, isBig }: NumberOptions): Input {
  const first = typeof initial === "number" || typeof initial === "string" ? String(initial) : String(numberExample(schema));
  const control = h("input", { type: "text", inputmode: isWhole ? "numeric" : "decimal", autocomplete: "off", value: first });
  const read = (): unknown => {
    const text = control.value.trim();
    if (isWhole && !/^[+-]?\d+$/.test(text)) throw new InputProblem(`Give a whole number, not ${quoted(text)}.`);
    if (isBig) return BigInt(text.replace(/^\+/, ""));
    const number = Number(text);
    if (text === "" || !Number.isFinite(number)) throw new InputProblem(`Give a number, not ${quoted(text)}.`);
    return isWhole && !Number.isSafeInteger(number) ? BigInt(text.replace(/^\+/, "")) : number;
  };
  return { element: control, control, read };
}

interface NumberOptions {
  readonly isWhole: boolean;
  readonly isBig: boolean;
}

/** A number that the schema's bounds allow: 1, where they do. */
export function numberExample({ examples, minimum, exclusiveMinimum, maximum, exclusiveMaximum }: JsonSchema): number {
  const [example] = listOf(examples);
  if (typeof example === "number") return example;
  const least = typeof minimum === "number" ? minimum : typeof exclusiveMinimum === "number" ? exclusiveMinimum + 1 : -Infinity;
  const most = typeof maximum === "number" ? maximum : typeof exclusiveMaximum === "number" ? exclusiveMaximum - 1 : Infinity;
  return least > 1 ? least : most < 1 ? most : 1;
}

/** A moment, in the time of whoever sits before the page. */
export function momentInput(initial: unknown): Input {
  const given = new Date(textOf(initial) ?? Date.now());
  const moment = Number.isNaN(given.getTime()) ? new Date() : given;
  const local = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString();
  const control = h("input", { type: "datetime-local", step: 1, value: local.slice(0, 19) });
  const read = (): Moment => {
    if (control.value === "") throw new InputProblem("Give a date and a time.");
    return new Moment(new Date(control.value).toISOString());
  };
  return { element: control, control, read };
}

/** Yes or no. */
export function booleanInput(initial: unknown): Input {
  const control = h("input", { type: "checkbox", class: "boolean" });
  control.checked = initial === true;
  const word = h("span", { "aria-hidden": true }, String(control.checked));
  control.addEventListener("input", () => (word.textContent = String(control.checked)));
  return { element: h("div", { class: "row" }, control, word), control, read: () => control.checked };
}

/** One of several values. */
export function choiceInput(values: readonly unknown[], initial: unknown): Input {
  const texts = values.map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
  const control = h("select", {}, ...texts.map((text, index) => h("option", { value: index }, text)));
  control.selectedIndex = Math.max(0, values.indexOf(initial));
  return { element: control, control, read: () => values[control.selectedIndex] };
}

/** Anything that JSON can say. */
export function jsonInput(initial: unknown): Input {
  const control = h("textarea", { class: "code", rows: 2, spellcheck: "false" });
  control.value =
    typeof initial === "string" && !isJson(initial) ? JSON.stringify(initial) : (textOf(initial) ?? JSON.stringify(initial, null, 1));
  return { element: control, control, read: () => readJson(control.value) };
}

/** JSON as it was typed. @throws InputProblem saying where it ends to be JSON */
export function readJson(text: string): JsonText {
  try {
    JSON.parse(text);
    return new JsonText(text.trim());
  } catch (error) {
    throw new InputProblem(`This is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function quoted(text: string): string {
  return text === "" ? "nothing" : JSON.stringify(text.slice(0, 40));
}

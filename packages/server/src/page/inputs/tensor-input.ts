import type { JsonSchema } from "@bento/core";

import { h, tellChange } from "../dom.js";
import { countText } from "../numbers.js";
import { shapeOf, textOf } from "../schema.js";
import { exampleTensor, type Fill, shapeOfLists } from "../tensors.js";
import type { JsonText } from "../values.js";
import { type Input, InputProblem } from "./input.js";
import { readJson } from "./text-inputs.js";

/** Elements that an example has before it is made of one row, where its sizes may be chosen. */
const readable = 64;
/** Elements that are shown in a text area; more are made when they are sent. */
const mostTyped = 20_000;

/** A tensor as nested lists, with an example in it that fits; what is typed is told the shape of. */
export function tensorInput(schema: JsonSchema, initial: unknown): Input {
  const dtype = textOf(schema["dtype"]);
  const sizes = exampleSizes(shapeOf(schema));
  const count = sizes.reduce((product, size) => product * size, 1);
  const isLarge = count > mostTyped;
  const control = h("textarea", { class: "code tensor", rows: 2, spellcheck: "false" });
  control.value = initial === undefined ? (isLarge ? "" : exampleTensor(dtype, sizes)) : JSON.stringify(initial);
  const fill = h("select", { "aria-label": "Fill with" });
  fill.append(...["fill with …", "zeros", "ones", "random"].map((name) => h("option", { value: name }, name)));
  const shape = h("span", { class: "shape" });
  let made: string | undefined = initial === undefined && isLarge ? exampleTensor(dtype, sizes, "random") : undefined;
  const tell = (): void => {
    shape.textContent = made === undefined ? typedShape(control.value) : `${countText(count, "element")} [${sizes.join(", ")}], made up`;
  };
  fill.addEventListener("input", () => {
    const text = exampleTensor(dtype, sizes, fill.value as Fill);
    made = isLarge ? text : undefined;
    control.value = isLarge ? "" : text;
    fill.selectedIndex = 0;
    tellChange(control);
  });
  control.addEventListener("input", () => {
    if (control.value !== "") made = undefined;
    tell();
  });
  control.placeholder = `${countText(count, "element")} are too many to type: fill them, or paste JSON`;
  tell();
  const read = (): JsonText => readJson(exact(made ?? checkRegular(control.value), dtype));
  return { element: h("div", {}, control, h("div", { class: "row" }, shape, fill)), control, read };
}

/** Sizes for an example: a few where any will do, one where that is much already. */
function exampleSizes(shape: readonly (number | string)[] | undefined): number[] {
  if (shape === undefined) return [2, 2];
  const sized = (free: number): number[] => shape.map((size) => (typeof size === "number" && size >= 0 ? size : free));
  const few = sized(shape.length === 1 ? 4 : 2);
  return few.reduce((product, size) => product * size, 1) > readable ? sized(1) : few;
}

function typedShape(text: string): string {
  try {
    return `shape [${shapeOfLists(JSON.parse(text)).join(", ")}]`;
  } catch {
    return "not JSON yet";
  }
}

function checkRegular(text: string): string {
  if (text.trim() === "") throw new InputProblem("Give numbers, as nested lists.");
  return text;
}

/** Whole numbers of 64 bits that a JSON number would round are sent as their digits in quotes. */
function exact(text: string, dtype: string | undefined): string {
  if (dtype !== "int64" && dtype !== "uint64") return text;
  return text.replaceAll(/-?\d{16,}/g, (digits) => (Number.isSafeInteger(Number(digits)) ? digits : `"${digits}"`));
}

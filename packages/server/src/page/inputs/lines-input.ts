import { h } from "../dom.js";
import { countText } from "../numbers.js";
import { JsonLines } from "../values.js";
import { type Input, InputProblem } from "./input.js";
import { readJson } from "./text-inputs.js";

/** A stream of values: each a line of JSON. */
export function linesInput(examples: readonly string[]): Input {
  const control = h("textarea", { class: "code", rows: 4, spellcheck: "false" });
  control.value = examples.join("\n");
  const count = h("span", { class: "shape" });
  const tell = (): void => void (count.textContent = `${countText(linesOf(control.value).length, "item")}, one on each line`);
  control.addEventListener("input", tell);
  tell();
  const read = (): JsonLines => new JsonLines(linesOf(control.value).map(checkLine));
  return { element: h("div", {}, control, count), control, read };
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}

function checkLine(line: string, index: number): string {
  try {
    return readJson(line).text;
  } catch (error) {
    throw error instanceof InputProblem ? new InputProblem(`Item ${index + 1}: ${error.message}`) : error;
  }
}

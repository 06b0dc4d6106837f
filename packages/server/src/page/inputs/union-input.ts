import type { JsonSchema } from "@bento/core";

import { h } from "../dom.js";
import { describe, kindOf, propertiesOf, resolve, textOf } from "../schema.js";
import type { Input, Place } from "./input.js";

/** One of several kinds of value: which, is chosen first. What was typed for one is still there when it is chosen again. */
export function unionInput(options: readonly JsonSchema[], place: Place): Input {
  const select = h("select", { "aria-label": "Kind of value" });
  select.append(...options.map((option, index) => h("option", { value: index }, nameOf(option, place.root))));
  const inputs = new Map<number, Input>();
  const body = h("div", { class: "chosen" });
  let current = inputOf(initialOption(options, place));
  function inputOf(index: number): Input {
    select.selectedIndex = index;
    const known = inputs.get(index) ?? place.make(options[index], place);
    inputs.set(index, known);
    if (known.control?.hasAttribute("aria-labelledby") === false) known.control.setAttribute("aria-labelledby", place.labelId);
    body.replaceChildren(known.element);
    return known;
  }
  select.addEventListener("input", () => (current = inputOf(select.selectedIndex)));
  return {
    element: h("div", {}, select, body),
    read: () => current.read(),
    mark: (path, message) => current.mark?.(path, message) ?? false,
    clear: () => current.clear?.(),
  };
}

/** The option that the first value is one of. */
function initialOption(options: readonly JsonSchema[], { initial, root }: Place): number {
  const type = initial === undefined ? undefined : Array.isArray(initial) ? "array" : typeof initial;
  const found = options.findIndex((option) =>
    constantsOf(option, root).some(([name, value]) => (initial as JsonSchema | undefined)?.[name] === value),
  );
  return Math.max(0, found >= 0 ? found : options.findIndex((option) => option["type"] === type));
}

/** By what tells it from the others: its constants, its title, or what it is. */
function nameOf(option: JsonSchema, root: JsonSchema): string {
  const constants = constantsOf(option, root).map(
    ([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return constants.join(", ") || textOf(option["title"]) || describe(option, root);
}

function constantsOf(option: JsonSchema, root: JsonSchema): [string, unknown][] {
  const properties = Object.entries(propertiesOf(option)).map(([name, schema]) => [name, resolve(schema, root)] as const);
  return properties.filter(([, schema]) => kindOf(schema) === "const").map(([name, schema]) => [name, schema["const"]]);
}

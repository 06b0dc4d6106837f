import type { JsonSchema } from "@bento/core";

import { h } from "../dom.js";
import { isRecord, kindOf, listOf, propertiesOf, resolve } from "../schema.js";
import { Field } from "./field.js";
import { type Input, type Key, type Place, readPart } from "./input.js";

/** Named values, each in a field of its own; what can only have one value is not asked for. */
export function objectInput(schema: JsonSchema, place: Place): Input {
  const required = new Set(listOf(schema["required"]));
  const initial = isRecord(place.initial) ? place.initial : {};
  const fields = new Map<string, Field>();
  const fixed: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(propertiesOf(schema))) {
    const whole = resolve(property, place.root);
    if (kindOf(whole) === "const") fixed[name] = whole["const"];
    else {
      const within = { ...place, depth: place.depth + 1, initial: initial[name] };
      fields.set(name, new Field({ name, schema: property, isRequired: required.has(name) }, within));
    }
  }
  const element = h(
    "div",
    { class: place.depth === 0 ? "fields" : "fields nested" },
    ...[...fields.values()].map((field) => field.element),
  );
  const read = (): unknown => {
    const parts = [...fields].map(([name, field]) => [name, readPart(name, () => field.read())] as const);
    return { ...fixed, ...Object.fromEntries(parts) };
  };
  const mark = ([key, ...rest]: readonly Key[], message: string): boolean => {
    const field = fields.get(String(key));
    field?.mark(rest, message);
    return field !== undefined;
  };
  const clear = (): void => {
    for (const field of fields.values()) field.clear();
  };
  return { element, read, mark, clear };
}

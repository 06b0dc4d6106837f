import type { AnyClass } from "./decorators/mode.js";
import { lineage } from "./members.js";
import { Model } from "./model.js";

/** References in an instance's fields, if there is one, and in static fields of its classes. Getters are not called: they are the user's code. */
export function reachableModels(instance: object | undefined, target: AnyClass): readonly Model[] {
  const found: Model[] = [];
  const seen = new Set<object>();
  // A list of what is still to be looked at, not a recursion: a service may hold a linked list of any length.
  const waiting: object[] = [];

  const note = (value: unknown): void => {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    waiting.push(value);
  };
  const noteFields = (holder: object): void => {
    for (const descriptor of Object.values(Object.getOwnPropertyDescriptors(holder))) note(descriptor.value);
  };

  if (instance !== undefined) noteFields(instance);
  lineage(target).forEach(noteFields);
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (Model.is(value)) found.push(value);
    else if (Array.isArray(value) || value instanceof Set) value.forEach(note);
    else if (value instanceof Map) for (const entry of value) entry.forEach(note);
    else if (isPlain(value)) noteFields(value);
  }
  return found;
}

/** Each model once; of equal references one that is required, since one is enough to stop the start. */
export function uniqueModels(models: readonly Model[]): readonly Model[] {
  const unique = new Map<string, Model>();
  for (const model of models) {
    const known = unique.get(model.key);
    if (known === undefined || (known.optional && !model.optional)) unique.set(model.key, model);
  }
  return [...unique.values()];
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

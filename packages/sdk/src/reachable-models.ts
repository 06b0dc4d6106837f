import type { AnyClass } from "./decorators/mode.js";
import { lineage } from "./members.js";
import { Model } from "./model.js";

/** References in an instance's fields and in static fields of its classes. Getters are not called: they are the user's code. */
export function reachableModels(instance: object, target: AnyClass): readonly Model[] {
  const found: Model[] = [];
  const seen = new Set<object>();

  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    if (Model.is(value)) found.push(value);
    else if (Array.isArray(value) || value instanceof Set) value.forEach(visit);
    else if (value instanceof Map) for (const entry of value) entry.forEach(visit);
    else if (isPlain(value)) visitFields(value);
  };

  const visitFields = (holder: object): void => {
    for (const descriptor of Object.values(Object.getOwnPropertyDescriptors(holder))) visit(descriptor.value);
  };

  visitFields(instance);
  lineage(target).forEach(visitFields);
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

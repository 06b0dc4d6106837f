import { type Binding, construct, type Constructed, createBinding } from "@bento/sdk/runtime";
import type { ServiceSpec } from "@bento/sdk";
import type { ModelStore } from "@bento/store";

import type { Pins } from "../messages.js";
import { MissingModel, modelKey, modelTags, usedModels } from "../model-cells.js";

/**
 * Makes an instance whose references to models are those that the server says, in the constructor as well.
 * @param ask asks the server for the exact versions; it is told what the constructor has used
 */
export async function constructPinned(
  spec: ServiceSpec,
  store: ModelStore | undefined,
  known: Pins,
  ask: (tags: readonly string[], used: Pins) => Promise<Pins>,
): Promise<Constructed> {
  const binding = createBinding(store);
  await pin(binding, known);
  const constructed = construct(spec, { store }, binding);
  const tags = modelTags(constructed.models);
  if (tags.length === 0) return constructed;
  const used = usedModels(binding, tags);
  const pins = await ask(tags, used);
  // The constructors of two workers that start together may have seen two models, if one was saved in between.
  if (Object.entries(used).some(([tag, exact]) => pins[tag] !== exact)) return constructPinned(spec, store, pins, ask);
  await pin(binding, pins);
  return constructed;
}

async function pin({ cells, store }: Binding, pins: Pins): Promise<void> {
  const entries = Object.entries(pins);
  if (entries.length === 0) return;
  // Without models the package is not needed.
  const from = store ?? (await import("@bento/store")).defaultStore();
  for (const [tag, exact] of entries) {
    const value = exact === null ? new MissingModel(tag) : { of: await from.get(exact) };
    cells.set(modelKey + tag, { value, pending: undefined });
  }
}

import { type Binding, construct, type Constructed, createBinding } from "@bento/sdk/runtime";
import type { ServiceSpec } from "@bento/sdk";
import type { ModelStore } from "@bento/store";

import type { Pins } from "../messages.js";
import { exactTag, MissingModel, modelKey, modelTags, usedModels } from "../model-cells.js";

/**
 * Makes an instance whose references to models are those that the server says, in the constructor as well.
 * @param store `undefined` for the one of `BENTOML_HOME`; a given one may know aliases that only the server knows
 * @param ask asks the server for the exact versions; it is told what was found here
 */
export async function constructPinned(
  spec: ServiceSpec,
  store: ModelStore | undefined,
  known: Pins,
  ask: (tags: readonly string[], found: Pins) => Promise<Pins>,
): Promise<Constructed> {
  const binding = createBinding(store);
  await pin(binding, known);
  const constructed = construct(spec, { store }, binding);
  const tags = modelTags(constructed.models);
  if (tags.length === 0) return constructed;
  const used = usedModels(binding, tags);
  const found = store === undefined ? await lookUp(tags.filter((tag) => !(tag in known))) : {};
  const pins = await ask(tags, { ...found, ...used });
  // The constructors of two workers that start together may have seen two models, if one was saved in between.
  if (Object.entries(used).some(([tag, exact]) => pins[tag] !== exact)) return constructPinned(spec, store, pins, ask);
  await pin(binding, pins);
  return constructed;
}

async function lookUp(tags: readonly string[]): Promise<Pins> {
  const store = await storeOfHome();
  const found: Record<string, string | null> = {};
  for (const tag of tags) found[tag] = await exactTag(store, tag);
  return found;
}

async function pin({ cells, store }: Binding, pins: Pins): Promise<void> {
  const entries = Object.entries(pins);
  if (entries.length === 0) return;
  const from = store ?? (await storeOfHome());
  for (const [tag, exact] of entries) {
    const value = exact === null ? new MissingModel(tag) : { of: await from.get(exact) };
    cells.set(modelKey + tag, { value, pending: undefined });
  }
}

/** The package is loaded where there are models only. */
async function storeOfHome(): Promise<ModelStore> {
  return (await import("@bento/store/file-store")).defaultStore();
}

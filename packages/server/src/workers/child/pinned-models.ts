import { construct, type Constructed, createBinding } from "@bento/sdk/runtime";
import type { ServiceSpec } from "@bento/sdk";
import type { ModelStore } from "@bento/store";

import type { ModelsNotice, Pins, PinsNotice } from "../messages.js";
import { exactTag, heldModels, modelTags, modelWishes, pinCells, storeOfHome, usedModels } from "../model-cells.js";

/**
 * Makes an instance whose references to models are those that the server says, in the constructor as well.
 * @param store `undefined` for the one of `BENTOML_HOME`; a given one may know aliases that only the server knows
 * @param ask asks the server for the exact versions; it is told what was found here
 */
export async function constructPinned(
  spec: ServiceSpec,
  store: ModelStore | undefined,
  known: Pins,
  ask: (models: Omit<ModelsNotice, "type">) => Promise<Omit<PinsNotice, "type">>,
): Promise<Constructed> {
  const binding = createBinding(store);
  await pinCells(binding, known);
  const constructed = construct(spec, { store }, binding);
  const tags = modelTags(constructed.models);
  const held = await heldModels(constructed, known);
  if (tags.length === 0 && Object.keys(held).length === 0) return constructed;
  const used = usedModels(binding, tags);
  const found = store === undefined ? await lookUp(tags.filter((tag) => !(tag in known))) : {};
  const wishes = modelWishes(constructed.models);
  const { pins, failures } = await ask({ tags: [...tags, ...Object.keys(held)], found: { ...found, ...used, ...held }, wishes });
  // The constructors of two workers that start together may have seen two models, if one was saved in between.
  if (Object.entries(used).some(([tag, exact]) => pins[tag] !== exact)) return constructPinned(spec, store, pins, ask);
  await pinCells(binding, pins, failures);
  return constructed;
}

async function lookUp(tags: readonly string[]): Promise<Pins> {
  const store = await storeOfHome();
  const found: Record<string, string | null> = {};
  for (const tag of tags) found[tag] = await exactTag(store, tag);
  return found;
}

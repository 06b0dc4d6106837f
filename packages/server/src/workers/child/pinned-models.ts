import { BentoError } from "@bento/core";
import { type Binding, construct, type Constructed, createBinding } from "@bento/sdk/runtime";
import type { ServiceSpec } from "@bento/sdk";
import type { ModelStore, StoredModel } from "@bento/store";

import type { Pins } from "../messages.js";

/** What the key of a reference to a model of the model store begins with. */
const modelKey = "bentoml:";

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
  const tags = constructed.models.flatMap(({ key }) => (key.startsWith(modelKey) ? [key.slice(modelKey.length)] : []));
  if (tags.length === 0) return constructed;
  const used = usedModels(binding, tags);
  const pins = await ask(tags, used);
  // The constructors of two workers that start together may have seen two models, if one was saved in between.
  if (Object.entries(used).some(([tag, exact]) => pins[tag] !== exact)) return constructPinned(spec, store, pins, ask);
  await pin(binding, pins);
  return constructed;
}

function usedModels({ cells }: Binding, tags: readonly string[]): Pins {
  const used: Record<string, string> = {};
  for (const tag of tags) {
    const value = cells.get(modelKey + tag)?.value;
    if (value !== undefined && !(value instanceof Missing)) used[tag] = (value.of as StoredModel).tag.toString();
  }
  return used;
}

async function pin({ cells, store }: Binding, pins: Pins): Promise<void> {
  const entries = Object.entries(pins);
  if (entries.length === 0) return;
  // Without models the package is not needed.
  const from = store ?? (await import("@bento/store")).defaultStore();
  for (const [tag, exact] of entries) {
    const value = exact === null ? new Missing(tag) : { of: await from.get(exact) };
    cells.set(modelKey + tag, { value, pending: undefined });
  }
}

/** In place of a model that was not there when the first worker asked: this one must not find it either. */
class Missing {
  readonly #tag: string;

  constructor(tag: string) {
    this.#tag = tag;
  }

  /** @throws BENTO_MODEL_NOT_FOUND */
  get of(): never {
    throw new BentoError(
      "BENTO_MODEL_NOT_FOUND",
      `The model ${JSON.stringify(this.#tag)} was not in the model store when the server started.`,
      {
        hint: "Save it, then start the server again: its workers all serve the same models.",
      },
    );
  }
}

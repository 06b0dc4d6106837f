import { BentoError, Tag } from "@bento/core";
import type { Binding, Constructed } from "@bento/sdk/runtime";
import type { ModelStore, StoredModel } from "@bento/store";

import type { Pins } from "./messages.js";

/** What the key of a reference to a model of the model store begins with. */
export const modelKey = "bentoml:";

/** The tags, as they were asked for, of those models that are in the model store. */
export function modelTags(models: Constructed["models"]): readonly string[] {
  return models.flatMap(({ key }) => (key.startsWith(modelKey) ? [key.slice(modelKey.length)] : []));
}

/** The exact versions of those of the models that references have found already. */
export function usedModels({ cells }: Binding, tags: readonly string[]): Pins {
  const used: Record<string, string> = {};
  for (const tag of tags) {
    const value = cells.get(modelKey + tag)?.value;
    if (value !== undefined && !(value instanceof MissingModel)) used[tag] = (value.of as StoredModel).tag.toString();
  }
  return used;
}

/** The exact version that a tag means now; `null` where there is none, which is for the service to complain of: it may be optional. */
export async function exactTag(store: ModelStore, tag: string): Promise<string | null> {
  try {
    return (await store.get(Tag.parse(tag))).tag.toString();
  } catch (error) {
    if (BentoError.is(error, "BENTO_MODEL_NOT_FOUND")) return null;
    throw error;
  }
}

/** In place of a model that was not there when the first worker asked: this one must not find it either. */
export class MissingModel {
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

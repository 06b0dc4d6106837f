import { BentoError, Tag } from "@bento/core";
import { type Binding, type Constructed, runWithContext } from "@bento/sdk/runtime";
import type { ModelStore, StoredModel } from "@bento/store";

import { errorFromHead } from "../wire/wire-error.js";
import type { Addresses, ModelWish, Pins, PinsNotice } from "./messages.js";

/** What the key of a reference to a model of the model store begins with. */
const modelKey = "bentoml:";

/** The tags, as they were asked for, of those models that are in the model store. */
export function modelTags(models: Constructed["models"]): readonly string[] {
  return models.flatMap(({ key }) => (key.startsWith(modelKey) ? [key.slice(modelKey.length)] : []));
}

/** What is said of each of them, by tag. */
export function modelWishes(models: Constructed["models"]): Readonly<Record<string, ModelWish>> {
  const wishes: Record<string, ModelWish> = {};
  for (const model of models) {
    if (!model.key.startsWith(modelKey)) continue;
    const address = "address" in model && typeof model.address === "string" ? { address: model.address } : {};
    const refresh = "refresh" in model && model.refresh === true;
    wishes[model.key.slice(modelKey.length)] = { optional: model.optional, refresh, ...address };
  }
  return wishes;
}

/** Where those of them are that come from OCI registries. */
export function modelAddresses(models: Constructed["models"]): Addresses {
  const wishes = Object.entries(modelWishes(models));
  return Object.fromEntries(wishes.flatMap(([tag, { address }]) => (address === undefined ? [] : [[tag, address]])));
}

/** The tags that mean what is newest, and with time another version. */
export function isMoving(tag: string): boolean {
  return isOfStore(tag) && tag.endsWith(":latest");
}

/** Whether what is pinned is a tag of the model store, and nothing from elsewhere. */
export function isOfStore(pinned: string): boolean {
  return !pinned.startsWith(elsewhere);
}

/** The exact versions of those of the models that references have found already. */
export function usedModels({ cells }: Pick<Binding, "cells">, tags: readonly string[]): Pins {
  const used: Record<string, string> = {};
  for (const tag of tags) {
    const value = cells.get(modelKey + tag)?.value;
    if (value !== undefined && !(value instanceof MissingModel)) used[tag] = (value.of as StoredModel).tag.toString();
  }
  return used;
}

/** Before the key of a reference that has its model from elsewhere, in place of a tag: no tag begins so. */
const elsewhere = "@";

/**
 * What references find now that have their models from elsewhere, by their keys.
 * @param known what others found before: it holds, and is no news to whoever said so
 */
export async function heldModels({ models, binding }: Pick<Constructed, "models" | "binding">, known: Pins = {}): Promise<Pins> {
  const others = models.filter(({ key }) => !key.startsWith(modelKey) && !(elsewhere + key in known));
  const held = await Promise.all(others.map(async (model) => [elsewhere + model.key, await heldTo(model, binding)] as const));
  return Object.fromEntries(held.filter(([, pin]) => pin !== undefined)) as Pins;
}

/** What is not there is for the service to complain of, as the model may be optional. */
async function heldTo(model: Constructed["models"][number], binding: Binding): Promise<string | undefined> {
  try {
    return await runWithContext(undefined, binding, () => model.findPin());
  } catch (error) {
    if (BentoError.is(error, "BENTO_MODEL_NOT_FOUND")) return undefined;
    throw error;
  }
}

/** Every model of the model store that was found already. */
export function servedModels({ cells }: Pick<Binding, "cells">): Readonly<Record<string, number>> {
  const tags = [...cells.keys()].flatMap((key) => (key.startsWith(modelKey) ? [key.slice(modelKey.length)] : []));
  return Object.fromEntries(Object.values(usedModels({ cells }, tags)).map((exact) => [exact, 1]));
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

/** Lets references to models find those versions and no others. */
export async function pinCells({ cells, pins: held, store }: Binding, pins: Pins, failures: PinsNotice["failures"] = {}): Promise<void> {
  const entries = Object.entries(pins).filter(([key, pin]) => {
    if (!key.startsWith(elsewhere)) return true;
    if (pin !== null) held?.set(key.slice(elsewhere.length), pin);
    return false;
  });
  if (entries.length === 0) return;
  const from = store ?? (await storeOfHome());
  for (const [tag, exact] of entries) {
    const value = exact === null ? new MissingModel(tag, failures[tag]) : { of: await from.get(exact) };
    cells.set(modelKey + tag, { value, pending: undefined });
  }
}

/** The package is loaded where there are models only. */
export async function storeOfHome(): Promise<ModelStore> {
  return (await import("@bento/store/file-store")).defaultStore();
}

/** In place of a model that was not there when the first worker asked: this one must not find it either. */
class MissingModel {
  readonly #tag: string;
  readonly #failure: string | undefined;

  /** @param failure why it could not be had, where that is known: what `errorToHead` makes */
  constructor(tag: string, failure?: string) {
    this.#tag = tag;
    this.#failure = failure;
  }

  /** @throws BENTO_MODEL_NOT_FOUND */
  get of(): never {
    if (this.#failure !== undefined) throw errorFromHead(this.#failure);
    throw new BentoError(
      "BENTO_MODEL_NOT_FOUND",
      `The model ${JSON.stringify(this.#tag)} was not in the model store when the server started.`,
      {
        hint: "Save it, then start the server again: its workers all serve the same models.",
      },
    );
  }
}

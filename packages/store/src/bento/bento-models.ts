import { existsSync } from "node:fs";
import { join } from "node:path";
import { BentoError, Tag, type TagLike } from "@bento/core";
import { modelYamlName } from "../disk/layout.js";
import type { ModelStore, SignalOptions } from "../store/model-store.js";
import type { BentoInfo, BentoModelReference } from "./bento-info.js";
import type { BentoStore, StoredBento } from "./bento-store.js";

/** The registry of the models that are in a model store. */
const storeRegistry = "bentoml";

/**
 * Every model that a bento names, once for each tag, in the order in which the tags first appear.
 * @source BentoML bento.py `all_models`; differs: an alias survives the entries of services, which have none
 */
export function modelsOf({ models, services }: BentoInfo): readonly BentoModelReference[] {
  const byTag = new Map<string, BentoModelReference>();
  for (const model of [...models, ...services.flatMap((service) => service.models)]) {
    const key = model.tag.toString();
    const alias = model.alias ?? byTag.get(key)?.alias;
    byTag.set(key, alias === undefined ? model : Object.freeze({ ...model, alias }));
  }
  return [...byTag.values()];
}

/** The models of a bento that a model store should have. */
export function storedModelsOf({ models }: Pick<StoredBento, "models">): readonly BentoModelReference[] {
  return models.filter(({ registry }) => registry === storeRegistry);
}

/**
 * Whether a bento needs a model: its `bento.yaml` names exactly this tag. A bento that carries the model in its own
 * folder does not need it.
 */
export function bentoUses(bento: StoredBento, model: TagLike): boolean {
  const tag = Tag.from(model);
  return storedModelsOf(bento).some((each) => each.tag.equals(tag)) && !carries(bento, tag);
}

/** The bentos of a store that need a model, as {@link bentoUses} says it. */
export async function bentosUsing(store: BentoStore, model: TagLike, options: SignalOptions = {}): Promise<readonly StoredBento[]> {
  const tag = Tag.from(model);
  const bentos = await store.list({ signal: options.signal });
  return bentos.filter((bento) => bentoUses(bento, tag));
}

/** How large the models of a bento are. */
export interface ModelsSize {
  /** Bytes of those that are there. */
  readonly size: number;
  /** Those that the store has not, or cannot read. */
  readonly missing: readonly Tag[];
}

/** The size of a bento's models in a store; models of hubs are not counted. */
export async function modelsSize(bento: StoredBento, store: ModelStore): Promise<ModelsSize> {
  const missing: Tag[] = [];
  let size = 0;
  for (const { tag } of storedModelsOf(bento)) {
    const bytes = await sizeOf(tag, store);
    if (bytes === undefined) missing.push(tag);
    else size += bytes;
  }
  return { size, missing };
}

async function sizeOf(tag: Tag, store: ModelStore): Promise<number | undefined> {
  try {
    const model = await store.get(tag);
    // A version that merely begins alike is another model.
    return tag.version === undefined || model.tag.equals(tag) ? model.size : undefined;
  } catch (error) {
    if (BentoError.is(error, "BENTO_MODEL_NOT_FOUND") || BentoError.is(error, "BENTO_MODEL_AMBIGUOUS")) return undefined;
    if (BentoError.is(error, "BENTO_MODEL_INVALID")) return undefined;
    throw error;
  }
}

function carries({ path }: StoredBento, { name, version = "" }: Tag): boolean {
  return existsSync(join(path, "models", name, version, modelYamlName));
}

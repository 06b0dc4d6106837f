import { BentoError, Tag, type TagLike } from "@bento/core";
import type { BentoStore, ModelStore, StoredBento, StoredModel } from "@bento/store";
import { type Exportable, exportableBento, exportableModel } from "./exportable.js";

/** Where models and bentos are taken from. */
export interface Stores {
  readonly models: ModelStore;
  readonly bentos: BentoStore;
}

/** What is to be exported. */
export interface Selection {
  /** Each once; models before the bentos that need them. */
  readonly items: readonly Exportable[];
  /** Models that the bentos need, and the store has not. */
  readonly missing: readonly Tag[];
}

/** What is meant: where nothing is named, all there is; else what is named, and the models that named bentos need. */
export async function selectionOf(
  stores: Stores,
  { tags, bentos: bentoTags }: { readonly tags?: readonly TagLike[] | undefined; readonly bentos?: readonly TagLike[] | undefined },
): Promise<Selection> {
  const isAll = tags === undefined && bentoTags === undefined;
  const models = new Map<string, StoredModel>();
  for (const tag of await tagsOf(stores.models, isAll ? undefined : (tags ?? []))) models.set(String(tag), await stores.models.get(tag));
  const bentos: StoredBento[] = [];
  for (const tag of await tagsOf(stores.bentos, isAll ? undefined : (bentoTags ?? []))) bentos.push(await stores.bentos.get(tag));
  const missing = new Map<string, Tag>();
  for (const { tag, registry } of bentos.flatMap((bento) => bento.models)) {
    // Whoever pulls the bento gets those from the hub.
    if (registry === "huggingface") continue;
    const model = await neededModel(stores.models, tag);
    if (model === undefined) missing.set(String(tag), tag);
    else models.set(String(model.tag), model);
  }
  const items = [...[...models.values()].map(exportableModel), ...bentos.map((bento) => exportableBento(bento, stores.models))];
  return { items, missing: [...missing.values()] };
}

interface Tagged {
  listTags(options?: { readonly name: string }): Promise<readonly Tag[]>;
  get(tag: Tag): Promise<{ readonly tag: Tag }>;
}

/** @param given a name alone means all its versions; nothing means all tags */
async function tagsOf(store: Tagged, given: readonly TagLike[] | undefined): Promise<Iterable<Tag>> {
  if (given === undefined) return store.listTags();
  const found = new Map<string, Tag>();
  for (const tag of given.map((each) => Tag.from(each))) {
    const meant = tag.version === undefined ? await store.listTags({ name: tag.name }) : [];
    for (const one of meant.length > 0 ? meant : [(await store.get(tag)).tag]) found.set(String(one), one);
  }
  return found.values();
}

async function neededModel(store: ModelStore, tag: Tag): Promise<StoredModel | undefined> {
  try {
    const model = await store.get(tag);
    // A version that merely begins alike is another model.
    return tag.isLatest || model.tag.equals(tag) ? model : undefined;
  } catch (error) {
    if (!BentoError.is(error, "BENTO_MODEL_NOT_FOUND") && !BentoError.is(error, "BENTO_MODEL_AMBIGUOUS")) throw error;
    return undefined;
  }
}

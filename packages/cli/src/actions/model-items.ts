import type { Tag } from "@bento/core";
import { compareCreation, FileModelStore, modelDocument, type StoredModel } from "@bento/store";
import { humanSize } from "../output/human-size.js";
import { localTime } from "../output/local-time.js";
import type { Item, ItemStore, ListItemsOptions } from "./item-store.js";

/** The models of a home. */
export function openModels(home: string | undefined): ItemStore {
  return new ModelItems(new FileModelStore(home));
}

class ModelItems implements ItemStore {
  readonly columns = { tag: "Tag", module: "Module", size: "Size", creation_time: "Creation Time" };
  readonly #store: FileModelStore;

  constructor(store: FileModelStore) {
    this.#store = store;
  }

  async list(options: ListItemsOptions): Promise<readonly Item[]> {
    return (await this.#store.list(options)).toSorted((a, b) => compareCreation(b.info, a.info));
  }

  listTags(name: string | undefined): Promise<readonly Tag[]> {
    return this.#store.listTags({ name });
  }

  get(tag: string): Promise<Item> {
    return this.#store.get(tag);
  }

  delete(tag: Tag): Promise<void> {
    return this.#store.delete(tag);
  }

  async usersOf(): Promise<readonly Tag[]> {
    return [];
  }

  async row(item: Item): Promise<Readonly<Record<string, string>>> {
    const { tag, info, size } = item as StoredModel;
    return { tag: String(tag), module: info.module, size: humanSize(size), creation_time: localTime(info.creationTime) };
  }

  yaml(item: Item): Promise<string> {
    return (item as StoredModel).text("model.yaml");
  }

  async document(item: Item): Promise<unknown> {
    return modelDocument((item as StoredModel).info);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store[Symbol.asyncDispose]();
  }
}

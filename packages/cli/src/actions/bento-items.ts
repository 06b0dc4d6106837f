import type { Tag } from "@bento/core";
import {
  bentoDocument,
  compareCreation,
  exportBento,
  FileBentoStore,
  FileModelStore,
  importBento,
  inspectArchive,
  modelsSize,
  type StoredBento,
  type StreamTarget,
  type Transfer,
} from "@bento/store";
import { humanSize } from "../output/human-size.js";
import { localTime } from "../output/local-time.js";
import type { ExportItemOptions, ImportChoices, Item, ItemStore, ListItemsOptions } from "./item-store.js";

/** The bentos of a home, beside its models. */
export function openBentos(home: string | undefined): ItemStore {
  return new BentoItems(new FileBentoStore(home), new FileModelStore(home));
}

class BentoItems implements ItemStore {
  readonly columns = { tag: "Tag", size: "Size", model_size: "Model Size", creation_time: "Creation Time" };
  readonly #store: FileBentoStore;
  readonly #models: FileModelStore;

  constructor(store: FileBentoStore, models: FileModelStore) {
    this.#store = store;
    this.#models = models;
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

  /** Nothing needs a bento. */
  async usersOf(tags: readonly Tag[]): Promise<readonly (readonly Tag[])[]> {
    return tags.map(() => []);
  }

  exportItem(tag: Tag, target: string | StreamTarget, options: ExportItemOptions): Transfer<string | undefined> {
    const stores = { store: this.#store, models: this.#models };
    if (typeof target === "string") return exportBento(tag, target, { ...options, ...stores });
    return exportBento(tag, target, { ...options, ...stores }) as Transfer<undefined>;
  }

  importItem(source: string | ReadableStream<Uint8Array>, options: ImportChoices) {
    return importBento(source, { ...options, store: this.#store, models: this.#models });
  }

  inspect(source: string | ReadableStream<Uint8Array>, options: ImportChoices) {
    return inspectArchive(source, { ...options, kind: "bento", store: this.#store, models: this.#models });
  }

  async row(item: Item, onWarning: (text: string) => void): Promise<Readonly<Record<string, string>>> {
    const bento = item as StoredBento;
    const { size, missing } = await modelsSize(bento, this.#models);
    for (const tag of missing) onWarning(`${bento.tag} needs the model ${tag}, which is not in the store; its size is not counted`);
    return {
      tag: String(bento.tag),
      size: humanSize(bento.size),
      model_size: humanSize(size),
      creation_time: localTime(bento.info.creationTime),
    };
  }

  yaml(item: Item): Promise<string> {
    return (item as StoredBento).text("bento.yaml");
  }

  async document(item: Item): Promise<unknown> {
    return bentoDocument((item as StoredBento).info);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store[Symbol.asyncDispose]();
    await this.#models[Symbol.asyncDispose]();
  }
}

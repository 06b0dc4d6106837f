import type { Tag } from "@bento/core";
import {
  bentoUses,
  compareCreation,
  exportModel,
  FileBentoStore,
  FileModelStore,
  importModel,
  inspectArchive,
  modelDocument,
  type StoredModel,
  type StreamTarget,
  type Transfer,
} from "@bento/store";
import { humanSize } from "../output/human-size.js";
import { localTime } from "../output/local-time.js";
import type { ExportItemOptions, ImportChoices, Item, ItemStore, ListItemsOptions } from "./item-store.js";

/** The models of a home. */
export function openModels(home: string | undefined): ItemStore {
  return new ModelItems(new FileModelStore(home), new FileBentoStore(home));
}

class ModelItems implements ItemStore {
  readonly columns = { tag: "Tag", module: "Module", size: "Size", creation_time: "Creation Time" };
  readonly #store: FileModelStore;
  readonly #bentos: FileBentoStore;

  constructor(store: FileModelStore, bentos: FileBentoStore) {
    this.#store = store;
    this.#bentos = bentos;
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

  async usersOf(tags: readonly Tag[]): Promise<readonly (readonly Tag[])[]> {
    const bentos = await this.#bentos.list();
    return tags.map((tag) => bentos.filter((bento) => bentoUses(bento, tag)).map((bento) => bento.tag));
  }

  exportItem(tag: Tag, target: string | StreamTarget, options: ExportItemOptions): Transfer<string | undefined> {
    const store = this.#store;
    return typeof target === "string"
      ? exportModel(tag, target, { ...options, store })
      : (exportModel(tag, target, { ...options, store }) as Transfer<undefined>);
  }

  importItem(source: string | ReadableStream<Uint8Array>, options: ImportChoices) {
    return importModel(source, { ...options, store: this.#store });
  }

  inspect(source: string | ReadableStream<Uint8Array>, options: ImportChoices) {
    return inspectArchive(source, { ...options, store: this.#store });
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
    await this.#bentos[Symbol.asyncDispose]();
  }
}

import { ItemFolder } from "../disk/item-folder.js";
import { readInfo } from "../disk/name-folder.js";
import type { ModelFile, RangeOptions, SignalOptions } from "../store/model-store.js";
import { BaseStoredItem, type VersionedTag } from "../store/stored-item.js";
import type { Tree } from "../tree/tree.js";
import type { BentoInfo, BentoModelReference } from "./bento-info.js";
import { bentoKind } from "./bento-kind.js";
import { modelsOf } from "./bento-models.js";
import type { StoredBento } from "./bento-store.js";

/** A bento that lies in a folder of its own. Nothing is read before it is asked for, and what was read is kept. */
export class FileStoredBento extends BaseStoredItem implements StoredBento {
  readonly #folder: ItemFolder;
  #info: BentoInfo | undefined;

  constructor(tag: VersionedTag, folder: string, info?: BentoInfo) {
    super(tag);
    this.#folder = new ItemFolder(tag, folder, bentoKind.codes.invalid);
    this.#info = info;
  }

  override get path(): string {
    return this.#folder.path;
  }

  get info(): BentoInfo {
    this.#info ??= readInfo(bentoKind, this.path);
    return this.#info;
  }

  get models(): readonly BentoModelReference[] {
    return modelsOf(this.info);
  }

  override read(path: string, options?: SignalOptions): Promise<Uint8Array> {
    return this.#folder.read(path, options);
  }

  override stream(path: string, options?: RangeOptions): ReadableStream<Uint8Array> {
    return this.#folder.stream(path, options);
  }

  override resolvePath(path: string): string {
    return this.#folder.resolvePath(path);
  }

  override tree(): Tree {
    return this.#folder.tree();
  }

  protected override walk(): Iterable<ModelFile> {
    return this.#folder.walk();
  }
}

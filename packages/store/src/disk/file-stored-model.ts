import { chmod, link, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ModelInfo } from "../model/model-info.js";
import type { RangeOptions, SignalOptions } from "../store/model-store.js";
import type { VersionedTag } from "../store/stored-item.js";
import { BaseStoredModel } from "../store/stored-model.js";
import type { Tree } from "../tree/tree.js";
import { syncFile, syncFolder } from "./durability.js";
import { ItemFolder } from "./item-folder.js";
import type { StoreLayout } from "./layout.js";
import type { WalkedFile } from "./model-walk.js";
import { readInfo } from "./name-folder.js";
import { isErrno, onDisk } from "./store-failure.js";
import { Workspace } from "./workspace.js";

/** A model that lies in a folder of its own. Nothing is read before it is asked for, and what was read is kept. */
export class FileStoredModel extends BaseStoredModel {
  readonly #layout: StoreLayout<ModelInfo>;
  readonly #folder: ItemFolder;
  #info: ModelInfo | undefined;

  constructor(layout: StoreLayout<ModelInfo>, tag: VersionedTag, folder: string, info?: ModelInfo) {
    super(tag);
    this.#layout = layout;
    this.#folder = new ItemFolder(tag, folder, layout.kind.codes.invalid);
    this.#info = info;
  }

  override get path(): string {
    return this.#folder.path;
  }

  override get info(): ModelInfo {
    this.#info ??= readInfo(this.#layout.kind, this.path);
    return this.#info;
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

  protected override walk(): Iterable<WalkedFile> {
    return this.#folder.walk();
  }

  protected override async addFile(name: string, text: string, { replace }: { readonly replace: boolean }): Promise<void> {
    await using workspace = Workspace.open(this.#layout, this.tag);
    const draft = workspace.at(name);
    const place = join(this.path, name);
    await onDisk("write", place, async () => {
      await writeFile(draft, text);
      await chmod(draft, 0o644);
      await syncFile(draft);
      // A link, because unlike a rename it never replaces the file that somebody else has just added.
      const adding = replace ? rename(draft, place) : link(draft, place);
      await adding.catch((error: unknown) => {
        if (!isErrno(error, "EEXIST")) throw error;
      });
      await syncFolder(this.path);
    });
  }
}

import { chmodSync, linkSync, mkdirSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, sep } from "node:path";
import { cancellation } from "../store/cancellation.js";
import { chunksOf } from "../store/content.js";
import type { ExistingPolicy } from "../store/import-draft.js";
import { alreadyThere, type ImportedItem, type ImportPlace } from "../store/item-import.js";
import type { ItemInfo } from "../store/item-kind.js";
import { writeChunks } from "../transfer/write-chunks.js";
import { syncFolder, syncTree } from "./durability.js";
import { FolderTree } from "./folder-tree.js";
import type { StoreLayout } from "./layout.js";
import { publish } from "./publish.js";
import { SmallFileWriter } from "./small-file-writer.js";
import { isErrno, onDisk, storeFailure } from "./store-failure.js";
import { stagedIn, swapState } from "./swap.js";
import { TimeSlice } from "./time-slice.js";
import { Workspace } from "./workspace.js";

/** Files up to this size are written many at a time. */
const smallBytes = 256 * 1024;

interface WriteOptions {
  readonly executable: boolean;
  readonly signal: AbortSignal;
}

/** An import's bytes in a {@link Workspace} that gets its tag in the end. Each file is made where it stays. */
export class FileImport<Info extends ItemInfo, Stored> implements ImportPlace<Info, Stored> {
  readonly #layout: StoreLayout<Info>;
  readonly #workspace: Workspace;
  readonly #toStored: (item: ImportedItem<Info>, folder: string) => Stored;
  /** What will be the item's own folder. */
  #folder: string;
  readonly #slice = new TimeSlice();
  readonly #small = new SmallFileWriter((error, place) => this.#failure(error, place));
  /** Relative, `""` for the item's own folder. */
  readonly #folders = new Set<string>();
  readonly #files = new Set<string>();

  constructor(layout: StoreLayout<Info>, toStored: (item: ImportedItem<Info>, folder: string) => Stored) {
    this.#layout = layout;
    this.#workspace = Workspace.open(layout);
    this.#folder = stagedIn(layout, this.#workspace.path);
    this.#toStored = toStored;
  }

  async write(path: string, content: Uint8Array | AsyncIterable<Uint8Array>, { executable, signal }: WriteOptions): Promise<void> {
    if (this.#slice.isOver) await this.#slice.pause();
    if (signal.aborted) throw cancellation(signal, `Writing ${JSON.stringify(path)}`);
    const slash = path.lastIndexOf("/");
    this.mkdir(slash === -1 ? "" : path.slice(0, slash));
    this.#files.add(path);
    if (content instanceof Uint8Array && content.length <= smallBytes) {
      return this.#small.write({ place: this.#at(path), content, executable });
    }
    return this.#writeStream(path, content, { executable, signal });
  }

  adopt(path: string, file: string, { executable }: { readonly executable: boolean }): boolean {
    const slash = path.lastIndexOf("/");
    this.mkdir(slash === -1 ? "" : path.slice(0, slash));
    const place = this.#at(path);
    try {
      // Not a rename: should this process be killed before all is visible, the file is still where a next try looks for it.
      linkSync(file, place);
      chmodSync(place, executable ? 0o755 : 0o644);
    } catch (error) {
      if (isErrno(error, "EXDEV", "EPERM", "ENOTSUP", "ENOSYS", "EMLINK")) return false;
      throw this.#failure(error, place);
    }
    this.#files.add(path);
    return true;
  }

  mkdir(path: string): void {
    if (this.#folders.has(path)) return;
    if (path !== "") this.mkdir(path.includes("/") ? dirname(path) : "");
    const place = this.#at(path);
    try {
      mkdirSync(place, 0o755);
      // The process' umask must not decide who can read an item.
      chmodSync(place, 0o755);
    } catch (error) {
      throw this.#failure(error, place);
    }
    this.#folders.add(path);
  }

  read(path: string): AsyncIterable<Uint8Array> {
    const { invalid } = this.#layout.kind.codes;
    return new FolderTree(this.#at(""), { invalid, failed: "BENTO_STORE_FAILED" }).stream(path);
  }

  async publish(item: ImportedItem<Info>, existing: ExistingPolicy, beforeVisible: () => void): Promise<Stored> {
    this.mkdir("");
    this.#workspace.takeTag(item.tag);
    this.#folder = stagedIn(this.#layout, this.#workspace.path);
    // All at once, as a disk makes durable together what is asked for together.
    const syncs = (): Promise<unknown> =>
      Promise.all([
        syncTree(this.#folder, this.#files, this.#folders),
        // With its name, from which others tell what an interrupted replacement was about.
        syncFolder(this.#workspace.path),
        syncFolder(dirname(this.#workspace.path)),
      ]);
    await onDisk("save", this.#workspace.path, syncs);
    const folder = await publish({ layout: this.#layout, tag: item.tag, workspace: this.#workspace, existing, beforeVisible });
    return this.#toStored(item, folder);
  }

  async discard(): Promise<void> {
    // An old version that could not be put back is the only one there is.
    if (swapState(this.#layout, this.#workspace.path) === "between") this.#workspace.abandon();
    else await this.#workspace[Symbol.asyncDispose]();
  }

  async #writeStream(path: string, content: Uint8Array | AsyncIterable<Uint8Array>, { executable, signal }: WriteOptions): Promise<void> {
    const place = this.#at(path);
    const failure = (error: unknown): unknown => this.#failure(error, place);
    const mode = executable ? 0o755 : 0o644;
    try {
      const file = await open(place, "wx", mode);
      try {
        await file.chmod(mode);
        await writeChunks(file, chunksOf(content, path, signal), { failure, signal, doing: `Writing ${JSON.stringify(path)}` });
      } finally {
        await file.close();
      }
    } catch (error) {
      throw failure(error);
    }
  }

  #at(path: string): string {
    return path === "" ? this.#folder : this.#folder + sep + path;
  }

  #failure(error: unknown, place: string): unknown {
    const path = place.slice(this.#folder.length + 1);
    if (isErrno(error, "EEXIST", "ENOTDIR", "EISDIR")) return alreadyThere(this.#layout.kind, path, error);
    return storeFailure(error, "write", place);
  }
}

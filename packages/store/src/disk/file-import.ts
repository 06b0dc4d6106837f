import { closeSync, fchmodSync, mkdirSync, openSync, writeSync, chmodSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
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
import { isErrno, onDisk, storeFailure } from "./store-failure.js";
import { stagedIn, swapState } from "./swap.js";
import { TimeSlice } from "./time-slice.js";
import { Workspace } from "./workspace.js";

/** Bytes up to this size are written without waiting: handing so little to another thread takes several times as long. */
const smallBytes = 256 * 1024;

/** An import's bytes in a {@link Workspace} that gets its tag in the end. Each file is made where it stays. */
export class FileImport<Info extends ItemInfo, Stored> implements ImportPlace<Info, Stored> {
  readonly #layout: StoreLayout<Info>;
  readonly #workspace: Workspace;
  readonly #toStored: (item: ImportedItem<Info>, folder: string) => Stored;
  readonly #slice = new TimeSlice();
  /** Relative, `""` for the item's own folder. */
  readonly #folders = new Set<string>();
  readonly #files = new Set<string>();

  constructor(layout: StoreLayout<Info>, toStored: (item: ImportedItem<Info>, folder: string) => Stored) {
    this.#layout = layout;
    this.#workspace = Workspace.open(layout);
    this.#toStored = toStored;
  }

  async write(
    path: string,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    { executable, signal }: { readonly executable: boolean; readonly signal: AbortSignal },
  ): Promise<void> {
    if (this.#slice.isOver) await this.#slice.pause();
    if (signal.aborted) throw cancellation(signal, `Writing ${JSON.stringify(path)}`);
    const slash = path.lastIndexOf("/");
    this.mkdir(slash === -1 ? "" : path.slice(0, slash));
    const place = this.#at(path);
    const mode = executable ? 0o755 : 0o644;
    this.#files.add(path);
    try {
      if (content instanceof Uint8Array && content.length <= smallBytes) writeWhole(place, content, mode);
      else await this.#writeStream(await open(place, "wx", mode), { path, content, mode, signal });
    } catch (error) {
      throw this.#failure(error, path);
    }
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
      throw this.#failure(error, path);
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
    await onDisk("save", this.#workspace.path, async () => {
      await syncTree(this.#at(""), this.#files, this.#folders);
      // With its name, from which others tell what an interrupted replacement was about.
      await syncFolder(this.#workspace.path);
      await syncFolder(dirname(this.#workspace.path));
    });
    const folder = await publish({ layout: this.#layout, tag: item.tag, workspace: this.#workspace, existing, beforeVisible });
    return this.#toStored(item, folder);
  }

  async discard(): Promise<void> {
    // An old version that could not be put back is the only one there is.
    if (swapState(this.#layout, this.#workspace.path) === "between") this.#workspace.abandon();
    else await this.#workspace[Symbol.asyncDispose]();
  }

  async #writeStream(file: FileHandle, { path, content, mode, signal }: StreamedFile): Promise<void> {
    try {
      await file.chmod(mode);
      const failure = (error: unknown): unknown => this.#failure(error, path);
      await writeChunks(file, chunksOf(content, path, signal), { failure, signal, doing: `Writing ${JSON.stringify(path)}` });
    } finally {
      await file.close();
    }
  }

  #at(path: string): string {
    // Not join() of it all: tens of thousands of paths are asked for, all plain by now.
    return path === "" ? stagedIn(this.#layout, this.#workspace.path) : stagedIn(this.#layout, this.#workspace.path) + sep + path;
  }

  #failure(error: unknown, path: string): unknown {
    if (isErrno(error, "EEXIST", "ENOTDIR", "EISDIR")) return alreadyThere(this.#layout.kind, path, error);
    return storeFailure(error, "write", this.#at(path));
  }
}

/** A file that is not written in one go. */
interface StreamedFile {
  readonly path: string;
  readonly content: Uint8Array | AsyncIterable<Uint8Array>;
  readonly mode: number;
  readonly signal: AbortSignal;
}

function writeWhole(place: string, content: Uint8Array, mode: number): void {
  const file = openSync(place, "wx", mode);
  try {
    fchmodSync(file, mode);
    for (let start = 0; start < content.length;) start += writeSync(file, content, start);
  } finally {
    closeSync(file);
  }
}

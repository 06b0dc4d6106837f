import { lstatSync, mkdirSync, renameSync, rmdirSync } from "node:fs";
import { mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DraftPlace, ReceivedFile } from "../store/draft.js";
import { syncFolder, syncTree } from "./durability.js";
import { FileStoredModel } from "./file-stored-model.js";
import { advanceLatest } from "./latest.js";
import { modelFolder, nameFolder, type StoreLayout } from "./layout.js";
import { hasRival } from "./leftovers.js";
import type { ModelInfo } from "../model/model-info.js";
import { isErrno, onDisk, storeFailure } from "./store-failure.js";
import type { VersionedTag } from "../store/stored-model.js";
import { modelExists } from "../store/version-choice.js";
import type { Workspace } from "./workspace.js";

/** Each try follows a deletion of the name's folder by somebody else, so this many in a row do not happen by chance. */
const maxTries = 1000;

/** A draft's bytes in a {@link Workspace}: `model/` is what will be renamed into the store. */
export class FilePlace implements DraftPlace {
  readonly #layout: StoreLayout;
  readonly #tag: VersionedTag;
  readonly #workspace: Workspace;
  readonly #folder: string;
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();
  #received = 0;

  constructor(layout: StoreLayout, tag: VersionedTag, workspace: Workspace) {
    this.#layout = layout;
    this.#tag = tag;
    this.#workspace = workspace;
    this.#folder = workspace.at("model");
  }

  async receive(chunks: AsyncIterable<Uint8Array>, { executable }: { readonly executable: boolean }): Promise<ReceivedFile> {
    const part = this.#workspace.at(`part-${(this.#received += 1)}`);
    try {
      await onDisk("write", part, () => writeChunks(part, chunks, executable ? 0o755 : 0o644));
    } catch (error) {
      await rm(part, { force: true }).catch(() => {});
      throw error;
    }
    return { placeAt: (path) => this.#placeAt(part, path) };
  }

  async mkdir(path: string): Promise<void> {
    await onDisk("make the folder", join(this.#folder, path), () => this.#makeFolder(join(this.#folder, path)));
  }

  async publish(info: ModelInfo, beforeVisible: () => void): Promise<FileStoredModel> {
    const target = modelFolder(this.#layout, this.#tag);
    const parent = nameFolder(this.#layout, this.#tag.name);
    await onDisk("save", this.#folder, () => syncTree(this.#files, this.#folders));
    await this.#rename(target, parent, beforeVisible);
    // The workspace stays until `latest` is right: should this process die here, the next one finishes.
    await onDisk("save", parent, async () => {
      await syncFolder(parent);
      await syncFolder(this.#layout.models);
    });
    try {
      advanceLatest(this.#layout, this.#workspace, this.#tag.name, this.#tag.version, (name) =>
        hasRival(this.#layout, this.#workspace, name),
      );
      await syncFolder(parent);
      await this.#workspace[Symbol.asyncDispose]();
    } catch {
      // The model is saved, and must not be reported as failed; `latest` is finished by whoever finds the workspace.
      this.#workspace.abandon();
    }
    return new FileStoredModel(this.#layout, this.#tag, target, info);
  }

  async discard(): Promise<void> {
    await this.#workspace[Symbol.asyncDispose]();
  }

  async #placeAt(part: string, path: string): Promise<void> {
    const target = join(this.#folder, path);
    await onDisk("write", target, async () => {
      await this.#makeFolder(dirname(target));
      await rename(part, target);
    });
    this.#files.add(target);
  }

  async #makeFolder(folder: string): Promise<void> {
    if (this.#folders.has(folder)) return;
    if (folder !== this.#folder) await this.#makeFolder(dirname(folder));
    await mkdir(folder);
    const handle = await open(folder, "r");
    try {
      // The process' umask must not decide who can read a model.
      await handle.chmod(0o755);
    } finally {
      await handle.close();
    }
    this.#folders.add(folder);
  }

  /**
   * The step that makes the model visible. It does not wait, so no work of this process can come between the check for
   * an earlier model and the rename; between processes the rename itself decides, because the folder is never empty.
   */
  async #rename(target: string, parent: string, beforeVisible: () => void): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        beforeVisible();
        mkdirSync(parent, { recursive: true, mode: 0o755 });
        if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) throw modelExists(this.#tag);
        return renameSync(this.#folder, target);
      } catch (error) {
        // Another process deleted the last version of this name, and its folder with it.
        if (isErrno(error, "ENOENT") && tries < maxTries) continue;
        removeIfEmpty(parent);
        // Windows says EPERM, and ENOTDIR means that a file stands there.
        if (isErrno(error, "ENOTEMPTY", "EEXIST", "ENOTDIR", "EPERM", "EACCES") && isThere(target)) throw modelExists(this.#tag);
        throw storeFailure(error, "save", target);
      }
    }
  }
}

async function writeChunks(path: string, chunks: AsyncIterable<Uint8Array>, mode: number): Promise<void> {
  const file = await open(path, "wx", mode);
  try {
    await file.chmod(mode);
    for await (const chunk of chunks) await writeAll(file, chunk);
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let start = 0; start < chunk.length;) {
    const { bytesWritten } = await file.write(chunk, start);
    start += bytesWritten;
  }
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It holds versions, or was never made.
  }
}

import { mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DraftPlace, ReceivedFile } from "../store/draft.js";
import { syncTree } from "./durability.js";
import { FileStoredModel } from "./file-stored-model.js";
import type { StoreLayout } from "./layout.js";
import type { ModelInfo } from "../model/model-info.js";
import { publish } from "./publish.js";
import { onDisk } from "./store-failure.js";
import type { VersionedTag } from "../store/stored-item.js";
import { stagedIn } from "./swap.js";
import type { Workspace } from "./workspace.js";

/** A draft's bytes in a {@link Workspace}: the staged folder is what will be renamed into the store. */
export class FilePlace implements DraftPlace {
  readonly #layout: StoreLayout<ModelInfo>;
  readonly #tag: VersionedTag;
  readonly #workspace: Workspace;
  readonly #folder: string;
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();
  #received = 0;

  constructor(layout: StoreLayout<ModelInfo>, tag: VersionedTag, workspace: Workspace) {
    this.#layout = layout;
    this.#tag = tag;
    this.#workspace = workspace;
    this.#folder = stagedIn(layout, workspace.path);
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
    await onDisk("save", this.#folder, () => syncTree(this.#workspace.path, this.#files, this.#folders));
    const folder = await publish({
      layout: this.#layout,
      tag: this.#tag,
      workspace: this.#workspace,
      existing: "error",
      beforeVisible,
    });
    return new FileStoredModel(this.#layout, this.#tag, folder, info);
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

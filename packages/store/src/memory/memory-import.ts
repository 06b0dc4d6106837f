import { BentoError } from "@bento/core";
import { chunksOf } from "../store/content.js";
import type { ExistingPolicy } from "../store/import-draft.js";
import { alreadyThere, type ImportedItem, type ImportPlace } from "../store/item-import.js";
import type { ItemInfo, ItemKind } from "../store/item-kind.js";
import type { MemoryContent, MemoryFile } from "./memory-stored-model.js";

/** Puts what came in into the store, or throws. */
type Publish<Info, Stored> = (item: ImportedItem<Info>, content: MemoryContent, existing: ExistingPolicy) => Stored;

/** An import's bytes in memory. */
export class MemoryImport<Info extends ItemInfo, Stored> implements ImportPlace<Info, Stored> {
  readonly #kind: ItemKind<Info>;
  readonly #publish: Publish<Info, Stored>;
  readonly #files = new Map<string, MemoryFile>();
  readonly #folders = new Set<string>();

  constructor(kind: ItemKind<Info>, publish: Publish<Info, Stored>) {
    this.#kind = kind;
    this.#publish = publish;
  }

  async write(
    path: string,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    { executable, signal }: { readonly executable: boolean; readonly signal: AbortSignal },
  ): Promise<void> {
    this.mkdir(path.split("/").slice(0, -1).join("/"));
    if (this.#files.has(path) || this.#folders.has(path)) throw alreadyThere(this.#kind, path);
    // Taken at once, as a file on disk is.
    this.#files.set(path, { bytes: new Uint8Array(), executable });
    const pieces: Uint8Array[] = [];
    for await (const piece of chunksOf(content, path, signal)) pieces.push(piece);
    this.#files.set(path, { bytes: new Uint8Array(Buffer.concat(pieces)), executable });
  }

  mkdir(path: string): void {
    if (path === "" || this.#folders.has(path)) return;
    this.mkdir(path.split("/").slice(0, -1).join("/"));
    if (this.#files.has(path)) throw alreadyThere(this.#kind, path);
    this.#folders.add(path);
  }

  async *read(path: string): AsyncGenerator<Uint8Array, void> {
    const file = this.#files.get(path);
    if (file === undefined) throw new BentoError("BENTO_FILE_NOT_FOUND", `There is no file ${JSON.stringify(path)} in what is imported.`);
    yield file.bytes.slice();
  }

  async publish(item: ImportedItem<Info>, existing: ExistingPolicy, beforeVisible: () => void): Promise<Stored> {
    beforeVisible();
    return this.#publish(item, { files: this.#files, folders: this.#folders }, existing);
  }

  async discard(): Promise<void> {
    this.#files.clear();
    this.#folders.clear();
  }
}

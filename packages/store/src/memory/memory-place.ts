import type { DraftPlace, ReceivedFile } from "../store/draft.js";
import type { ModelInfo } from "../model/model-info.js";
import type { StoredModel } from "../store/model-store.js";
import type { MemoryContent, MemoryFile } from "./memory-stored-model.js";

/** A draft's bytes in memory. */
export class MemoryPlace implements DraftPlace {
  readonly #files = new Map<string, MemoryFile>();
  readonly #folders = new Set<string>();
  readonly #publish: (info: ModelInfo, content: MemoryContent) => StoredModel;

  /** @param publish puts the finished content into the store, or throws */
  constructor(publish: (info: ModelInfo, content: MemoryContent) => StoredModel) {
    this.#publish = publish;
  }

  async receive(chunks: AsyncIterable<Uint8Array>, { executable }: { readonly executable: boolean }): Promise<ReceivedFile> {
    const pieces: Uint8Array[] = [];
    // Copied at once: whoever gave the piece may use its memory again for the next one.
    // Not slice(), which of a Buffer is no copy.
    for await (const chunk of chunks) pieces.push(new Uint8Array(chunk));
    const bytes = pieces.length === 1 ? (pieces[0] as Uint8Array) : new Uint8Array(Buffer.concat(pieces));
    return {
      placeAt: async (path) => {
        this.#addFolders(path.split("/").slice(0, -1));
        this.#files.set(path, { bytes, executable });
      },
    };
  }

  async mkdir(path: string): Promise<void> {
    this.#addFolders(path.split("/"));
  }

  async publish(info: ModelInfo, beforeVisible: () => void): Promise<StoredModel> {
    beforeVisible();
    return this.#publish(info, { files: this.#files, folders: this.#folders });
  }

  async discard(): Promise<void> {
    this.#files.clear();
    this.#folders.clear();
  }

  #addFolders(parts: readonly string[]): void {
    parts.forEach((_, index) => this.#folders.add(parts.slice(0, index + 1).join("/")));
  }
}

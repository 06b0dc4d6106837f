import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cancellation, checkSignal } from "../store/cancellation.js";
import type { ModelInfo } from "../model/model-info.js";
import type { ModelFile, RangeOptions, SignalOptions } from "../store/model-store.js";
import { MemoryTree } from "./memory-tree.js";
import type { ContentAtHand } from "../signing/checker.js";
import type { Tree } from "../tree/tree.js";
import { checkRange } from "../store/range.js";
import { fileNotFound, type VersionedTag } from "../store/stored-item.js";
import { BaseStoredModel } from "../store/stored-model.js";

const pieceBytes = 256 * 1024;

/** A file in memory. */
export interface MemoryFile {
  readonly bytes: Uint8Array;
  readonly executable: boolean;
}

/** The content of a model in memory. */
export interface MemoryContent {
  readonly files: ReadonlyMap<string, MemoryFile>;
  /** Every folder, those that hold files too. */
  readonly folders: ReadonlySet<string>;
}

/** A model whose bytes are in memory. What callers get are copies, so that it cannot be changed through them. */
export class MemoryStoredModel extends BaseStoredModel {
  readonly info: ModelInfo;
  readonly #materialise: (content: MemoryContent) => string;
  #content: MemoryContent;
  #path: string | undefined;

  /** @param materialise writes the content to a folder and answers its absolute path */
  constructor(tag: VersionedTag, info: ModelInfo, content: MemoryContent, materialise: (content: MemoryContent) => string) {
    super(tag);
    this.info = info;
    this.#content = content;
    this.#materialise = materialise;
  }

  override get path(): string {
    this.#path ??= this.#materialise(this.#content);
    return this.#path;
  }

  override async read(path: string, { signal }: SignalOptions = {}): Promise<Uint8Array> {
    checkSignal(signal, this.#reading(path));
    return this.#bytesOf(path).slice();
  }

  override stream(path: string, options: RangeOptions = {}): ReadableStream<Uint8Array> {
    const { start, end } = checkRange(options);
    const { signal } = options;
    let position = start;
    return new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          if (signal?.aborted) return controller.error(cancellation(signal, this.#reading(path)));
          const bytes = this.#bytesOf(path);
          const stop = Math.min(end, bytes.length);
          const piece = bytes.slice(position, Math.min(stop, position + pieceBytes));
          position += piece.length;
          if (piece.length > 0) controller.enqueue(piece);
          if (position >= stop) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
  }

  override resolvePath(path: string): string {
    if (path === "" || path === ".") return this.path;
    if (!this.#content.files.has(path) && !this.#content.folders.has(path)) throw fileNotFound(this.tag, path);
    return join(this.path, path);
  }

  /** All files, for who cannot wait. */
  contentAtHand(): ContentAtHand {
    return { files: () => this.walk(), chunks: (path) => [this.#bytesOf(path)] };
  }

  override tree(): Tree {
    return new MemoryTree(this.tag, this.#content);
  }

  protected override *walk(): Iterable<ModelFile> {
    for (const [path, { bytes }] of this.#content.files) yield { path, size: bytes.length };
  }

  protected override async addFile(name: string, text: string, { replace }: { readonly replace: boolean }): Promise<void> {
    if (!replace && this.#content.files.has(name)) return;
    const file = { bytes: new TextEncoder().encode(text), executable: false };
    this.#content = { ...this.#content, files: new Map([...this.#content.files, [name, file]]) };
    if (this.#path !== undefined) await writeFile(join(this.#path, name), text);
  }

  #bytesOf(path: string): Uint8Array {
    const file = this.#content.files.get(path);
    if (file === undefined) throw fileNotFound(this.tag, path);
    return file.bytes;
  }

  #reading(path: string): string {
    return `Reading ${JSON.stringify(path)} of ${this.tag.toString()}`;
  }
}

import { BentoError, type Tag } from "@bento/core";
import { byPath } from "../disk/model-walk.js";
import type { Tree } from "../tree/tree.js";
import { checkSignal } from "./cancellation.js";
import type { ModelFile, RangeOptions, SignalOptions } from "./model-store.js";

/** A tag that is known to have a version. */
export type VersionedTag = Tag & { readonly version: string };

/** What stored models and bentos have in common: everything that can be told from files, bytes and streams. */
export abstract class BaseStoredItem {
  readonly tag: VersionedTag;
  #size: number | undefined;

  constructor(tag: VersionedTag) {
    this.tag = tag;
  }

  abstract get path(): string;
  abstract read(path: string, options?: SignalOptions): Promise<Uint8Array>;
  abstract stream(path: string, options?: RangeOptions): ReadableStream<Uint8Array>;
  abstract resolvePath(path: string): string;
  abstract tree(): Tree;
  /** Every file, in any order. */
  protected abstract walk(): Iterable<ModelFile>;
  /** Whether `files()` does not show a file. */
  protected isHidden?(path: string): boolean;

  get size(): number {
    if (this.#size === undefined) {
      let total = 0;
      for (const file of this.walk()) total += file.size;
      this.#size = total;
    }
    return this.#size;
  }

  /** To be called when a file of the store's own was added. */
  protected forgetSize(): void {
    this.#size = undefined;
  }

  async files({ signal }: SignalOptions = {}): Promise<readonly ModelFile[]> {
    const files: ModelFile[] = [];
    for (const { path, size } of this.walk()) {
      checkSignal(signal, `Listing the files of ${this.tag.toString()}`);
      if (!this.isHidden?.(path)) files.push({ path, size });
      if (files.length % 1000 === 0) await new Promise(setImmediate);
    }
    return files.toSorted(byPath);
  }

  async text(path: string, options?: SignalOptions): Promise<string> {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await this.read(path, options));
  }
}

/** The error for a path that is not in an item. */
export function fileNotFound(tag: Tag, path: string, cause?: unknown): BentoError {
  return new BentoError("BENTO_FILE_NOT_FOUND", `${tag.toString()} has no file ${JSON.stringify(path)}.`, {
    hint: "files() lists what there is.",
    cause,
  });
}

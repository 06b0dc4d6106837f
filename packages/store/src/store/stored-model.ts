import { BentoError, type Tag } from "@bento/core";
import { checkSignal } from "./cancellation.js";
import { objectPaths } from "../model/custom-objects.js";
import { manifestName } from "../model/file-path.js";
import { digest, formatManifest, parseManifest } from "../model/manifest.js";
import type { ModelInfo } from "../model/model-info.js";
import { byPath } from "../disk/model-walk.js";
import type { Tree } from "../tree/tree.js";
import type { ManifestEntry, ModelFile, RangeOptions, SignalOptions, StoredModel, Verification } from "./model-store.js";

/** A tag that is known to have a version. */
export type VersionedTag = Tag & { readonly version: string };

/** What every store's models have in common: everything that can be told from files, bytes and streams. */
export abstract class BaseStoredModel implements StoredModel {
  readonly tag: VersionedTag;

  constructor(tag: VersionedTag) {
    this.tag = tag;
  }

  abstract get info(): ModelInfo;
  abstract get path(): string;
  abstract read(path: string, options?: SignalOptions): Promise<Uint8Array>;
  abstract stream(path: string, options?: RangeOptions): ReadableStream<Uint8Array>;
  abstract resolvePath(path: string): string;
  abstract tree(): Tree;
  /** Every file, the manifest too, in any order. */
  protected abstract walk(): Iterable<ModelFile>;
  /** Adds a manifest to a model that has none. */
  protected abstract addManifest(text: string): Promise<void>;

  #size: number | undefined;

  get size(): number {
    if (this.#size === undefined) {
      let total = 0;
      for (const file of this.walk()) total += file.size;
      this.#size = total;
    }
    return this.#size;
  }

  async files({ signal }: SignalOptions = {}): Promise<readonly ModelFile[]> {
    const files: ModelFile[] = [];
    for (const { path, size } of this.walk()) {
      checkSignal(signal, `Listing the files of ${this.tag.toString()}`);
      if (path !== manifestName) files.push({ path, size });
      if (files.length % 1000 === 0) await new Promise(setImmediate);
    }
    return files.toSorted(byPath);
  }

  async text(path: string, options?: SignalOptions): Promise<string> {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await this.read(path, options));
  }

  async json(path: string, options?: SignalOptions): Promise<unknown> {
    const text = await this.text(path, options);
    try {
      return JSON.parse(text.startsWith("\ufeff") ? text.slice(1) : text);
    } catch (cause) {
      throw new BentoError(
        "BENTO_MODEL_INVALID",
        `${JSON.stringify(path)} of ${this.tag.toString()} is not JSON: ${(cause as Error).message}`,
        {
          cause,
        },
      );
    }
  }

  async customObject(name: string): Promise<unknown> {
    const { json, bin } = objectPaths(name);
    try {
      return await this.json(json);
    } catch (error) {
      if (!BentoError.is(error, "BENTO_FILE_NOT_FOUND")) throw error;
    }
    try {
      return await this.read(bin);
    } catch (error) {
      if (!BentoError.is(error, "BENTO_FILE_NOT_FOUND")) throw error;
      throw new BentoError("BENTO_FILE_NOT_FOUND", `${this.tag.toString()} has no custom object ${JSON.stringify(name)}.`, {
        hint: "Custom objects that Python saved are pickled, and never opened here.",
        cause: error,
      });
    }
  }

  async verify({ signal, write = false }: SignalOptions & { readonly write?: boolean } = {}): Promise<Verification> {
    const text = await this.#manifestText(signal);
    if (text === undefined) {
      if (!write) return this.#verification("no manifest");
      await this.addManifest(formatManifest(await this.#entries(signal)));
      return this.#verification("ok");
    }
    const known = parseManifest(text);
    if (known === undefined) return this.#verification("changed", { changed: [manifestName] });
    const found = await this.files({ signal });
    const changed: string[] = [];
    for (const file of found) {
      const entry = known.get(file.path);
      if (entry !== undefined && !(await this.#isAs(entry, file, signal))) changed.push(file.path);
    }
    const paths = new Set(found.map((file) => file.path));
    const added = found.map((file) => file.path).filter((path) => !known.has(path));
    const missing = [...known.keys()].filter((path) => !paths.has(path));
    const isSame = added.length + changed.length + missing.length === 0;
    return this.#verification(isSame ? "ok" : "changed", { added, changed, missing });
  }

  async #manifestText(signal: AbortSignal | undefined): Promise<string | undefined> {
    try {
      return await this.text(manifestName, { signal });
    } catch (error) {
      if (BentoError.is(error, "BENTO_FILE_NOT_FOUND")) return undefined;
      throw error;
    }
  }

  async #entries(signal: AbortSignal | undefined): Promise<ManifestEntry[]> {
    const entries: ManifestEntry[] = [];
    for (const { path } of await this.files({ signal })) entries.push({ path, ...(await digest(this.stream(path, { signal }))) });
    return entries;
  }

  async #isAs(entry: ManifestEntry, file: ModelFile, signal: AbortSignal | undefined): Promise<boolean> {
    if (entry.size !== file.size) return false;
    return (await digest(this.stream(file.path, { signal }))).sha256 === entry.sha256;
  }

  #verification(status: Verification["status"], lists: Partial<Verification> = {}): Verification {
    return { tag: this.tag, status, added: [], changed: [], missing: [], ...lists };
  }
}

/** The error for a path that is not in a model. */
export function fileNotFound(tag: Tag, path: string, cause?: unknown): BentoError {
  return new BentoError("BENTO_FILE_NOT_FOUND", `${tag.toString()} has no file ${JSON.stringify(path)}.`, {
    hint: "files() lists what there is.",
    cause,
  });
}

/**
 * Checks a byte range. @throws BENTO_BAD_REQUEST quoting it
 * @returns the range with its defaults; `end` may lie beyond the end of the file
 */
export function checkRange({ start = 0, end = Number.POSITIVE_INFINITY }: RangeOptions): { readonly start: number; readonly end: number } {
  const isPosition = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
  if (isPosition(start) && (isPosition(end) || end === Number.POSITIVE_INFINITY) && start <= end) return { start, end };
  throw new BentoError("BENTO_BAD_REQUEST", `${start} to ${end} is no range of bytes.`, {
    hint: "Give whole numbers from 0 on, the end not before the start.",
  });
}

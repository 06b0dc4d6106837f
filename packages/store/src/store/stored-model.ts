import { BentoError } from "@bento/core";
import { objectPaths } from "../model/custom-objects.js";
import { manifestName } from "../model/file-path.js";
import { digest, formatManifest, parseManifest } from "../model/manifest.js";
import type { ModelInfo } from "../model/model-info.js";
import type { ManifestEntry, ModelFile, SignalOptions, StoredModel, Verification } from "./model-store.js";
import { BaseStoredItem } from "./stored-item.js";

/** What every store's models have in common. */
export abstract class BaseStoredModel extends BaseStoredItem implements StoredModel {
  abstract get info(): ModelInfo;
  /** Adds a manifest to a model that has none. */
  protected abstract addManifest(text: string): Promise<void>;

  protected override isHidden(path: string): boolean {
    return path === manifestName;
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

import { BentoError } from "@bento/core";
import { objectPaths } from "../model/custom-objects.js";
import { isStoreFile, manifestName, maxSignatureBytes, signatureName } from "../model/file-path.js";
import { digest, formatManifest, parseManifest } from "../model/manifest.js";
import type { ModelInfo } from "../model/model-info.js";
import type { ManifestEntry, ModelFile, SignalOptions, SignOptions, StoredModel, Verification, VerifyOptions } from "./model-store.js";
import { BaseStoredItem } from "./stored-item.js";

/** Files that were compared with a manifest. */
export interface VerifiedFiles {
  /** Its bytes; absent where there is none. */
  readonly manifest: Uint8Array | undefined;
  readonly verification: Verification;
}

/** What every store's models have in common. */
export abstract class BaseStoredModel extends BaseStoredItem implements StoredModel {
  abstract get info(): ModelInfo;
  /**
   * Adds a file of the store's own, whole or not at all. A file that is there stays as it is, unless it is to be replaced:
   * two that add one at the same time must not undo each other's work.
   */
  protected abstract addFile(name: string, text: string, options: { readonly replace: boolean }): Promise<void>;

  protected override isHidden(path: string): boolean {
    return isStoreFile(path);
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

  async verify({ signal, write = false, keys = [], requireSignature = false }: VerifyOptions = {}): Promise<Verification> {
    const { manifest, verification } = await this.#verifyFiles(write, signal);
    const signature = await this.#ownFile(signatureName, signal);
    if (signature === undefined && !requireSignature) return verification;
    const { checkSignature, publicKeysOf } = await import("../signing.js");
    return { ...verification, signature: checkSignature({ tag: this.tag, manifest, signature }, publicKeysOf(keys)) };
  }

  async sign({ key, replace = false, signal }: SignOptions): Promise<string> {
    const { makeSignature } = await import("../signing.js");
    const { text, keyId } = makeSignature(await this.#verifyFiles(true, signal), key);
    await this.addFile(signatureName, text, { replace });
    this.forgetSize();
    if (Buffer.from(text).equals((await this.#ownFile(signatureName, signal)) ?? Buffer.alloc(0))) return keyId;
    throw new BentoError("BENTO_CONFLICT", `${this.tag.toString()} is signed already, with another key or for something else.`, {
      hint: "Look at it with `bento models verify`; say --replace (`{ replace: true }`) to put this signature in its place.",
    });
  }

  /** The files against the manifest, and the manifest's bytes that they were compared with. */
  async #verifyFiles(write: boolean, signal: AbortSignal | undefined): Promise<VerifiedFiles> {
    const manifest = await this.#ownFile(manifestName, signal);
    if (manifest !== undefined) return { manifest, verification: await this.#compare(manifest, signal) };
    if (!write) return { manifest, verification: this.#verification("no manifest") };
    const text = formatManifest(await this.#entries(signal));
    await this.addFile(manifestName, text, { replace: false });
    this.forgetSize();
    return { manifest: Buffer.from(text), verification: this.#verification("ok") };
  }

  async #compare(manifest: Uint8Array, signal: AbortSignal | undefined): Promise<Verification> {
    const known = parseManifest(Buffer.from(manifest).toString("utf8"));
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

  /** A file of the store's own. Of a signature no more is read than one can have. */
  async #ownFile(name: string, signal: AbortSignal | undefined): Promise<Uint8Array | undefined> {
    try {
      if (name === manifestName) return await this.read(name, { signal });
      const chunks: Uint8Array[] = [];
      for await (const chunk of this.stream(name, { signal, end: maxSignatureBytes + 1 })) chunks.push(chunk);
      return Buffer.concat(chunks);
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

import { BentoError, type Tag } from "@bento/core";
import { checkSignal } from "./cancellation.js";
import { chunksOf } from "./content.js";
import { readSource, walkSource } from "./copy-tree.js";
import { DraftLife } from "./draft-life.js";
import { storeObjects, type StoredObject } from "../model/custom-objects.js";
import { checkFilePath, checkNotReserved, manifestName } from "../model/file-path.js";
import { modelYamlName } from "../disk/layout.js";
import { Digester, formatManifest } from "../model/manifest.js";
import type { ModelInfo, ModelInput } from "../model/model-info.js";
import { makeModelInfo } from "../model/model-input.js";
import type { CopyOptions, FileContent, ManifestEntry, ModelDraft, SignalOptions, StoredModel } from "./model-store.js";
import { formatModelYaml } from "../model/model-yaml.js";
import type { VersionedTag } from "./stored-item.js";

/** Where a draft's bytes go: what a store must be able to do so that models can be made in it. */
export interface DraftPlace {
  /** Takes in a file's bytes without giving it a path yet. When the bytes end in an error nothing of them remains. */
  receive(chunks: AsyncIterable<Uint8Array>, options: { readonly executable: boolean }): Promise<ReceivedFile>;
  /** Makes a folder and those above it. */
  mkdir(path: string): Promise<void>;
  /**
   * Makes the model visible, in one step; after it nothing may fail any more.
   * @param beforeVisible to be called right before that step; when it throws, the model must not become visible
   */
  publish(info: ModelInfo, beforeVisible: () => void): Promise<StoredModel>;
  /** Removes everything. */
  discard(): Promise<void>;
}

/** A file that is whole but has no path yet. */
export interface ReceivedFile {
  /** Gives it a path, in place of what was there. */
  placeAt(path: string): Promise<void>;
}

/** What a store does at the two ends of a draft. */
export interface DraftEnds {
  /** Called once the input is known to be good. */
  readonly open: () => DraftPlace;
  /** Called after commit or discard. */
  readonly onEnd: () => void;
}

/** The draft that every store hands out: all rules of drafts are here, all bytes in its {@link DraftPlace}. */
export class Draft implements ModelDraft {
  readonly tag: VersionedTag;
  readonly #info: ModelInfo;
  readonly #objects: readonly StoredObject[];
  readonly #place: DraftPlace;
  readonly #life: DraftLife;
  readonly #entries = new Map<string, ManifestEntry>();
  readonly #folders = new Set<string>();
  #placing: Promise<void> = Promise.resolve();

  /**
   * Checks the input before anything is opened.
   * @throws BENTO_MODEL_INVALID, and what `open` throws
   */
  constructor(tag: VersionedTag, input: ModelInput & SignalOptions, { open, onEnd }: DraftEnds) {
    const what = `Saving ${tag.toString()}`;
    checkSignal(input.signal, what);
    this.tag = tag;
    this.#info = makeModelInfo(tag, input);
    this.#objects = storeObjects(input.customObjects);
    const place = open();
    this.#place = place;
    this.#life = new DraftLife({
      what,
      signal: input.signal,
      sealed: (state) => sealed(tag, state),
      removeAll: () => place.discard(),
      onEnd,
    });
  }

  async write(path: string, content: FileContent, options: SignalOptions & { readonly executable?: boolean } = {}): Promise<void> {
    this.#life.checkOpen();
    checkNotReserved(checkFilePath(path));
    await this.#life.run((signal) => this.#put(path, chunksOf(content, path, signal), options.executable ?? false), options.signal);
  }

  async copy(source: string | URL, target?: string, { onBytes, signal }: CopyOptions = {}): Promise<void> {
    this.#life.checkOpen();
    if (target !== undefined) checkNotReserved(checkFilePath(target));
    await this.#life.run((stopping) => this.#copyAll(source, target, { onBytes, signal: stopping }), signal);
  }

  async mkdir(path: string): Promise<void> {
    this.#life.checkOpen();
    checkNotReserved(checkFilePath(path));
    await this.#life.run(() => this.#makeFolder(path));
  }

  async commit(): Promise<StoredModel> {
    return this.#life.commit(async (beforeVisible) => {
      for (const { path, bytes } of this.#objects) await this.#put(path, chunksOf(bytes, path), false);
      await this.#put(modelYamlName, chunksOf(formatModelYaml(this.#info), modelYamlName), false);
      const manifest = formatManifest(this.#entries.values());
      await this.#put(manifestName, chunksOf(manifest, manifestName), false);
      return this.#place.publish(this.#info, beforeVisible);
    });
  }

  async discard(): Promise<void> {
    await this.#life.discard();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.discard();
  }

  async #copyAll(source: string | URL, target: string | undefined, { onBytes, signal }: CopyOptions): Promise<void> {
    const base = target === undefined ? "" : `${target}/`;
    for await (const entry of walkSource(source)) {
      checkSignal(signal, `Copying ${JSON.stringify(String(source))}`);
      const path = entry.kind === "file" && entry.isSource && target !== undefined ? target : base + entry.path;
      checkNotReserved(checkFilePath(path));
      if (entry.kind === "folder") await this.#makeFolder(path);
      else await this.#put(path, chunksOf(counted(readSource(entry.source), onBytes), path, signal), entry.executable);
    }
    if (target !== undefined && !this.#entries.has(target)) await this.#makeFolder(target);
  }

  async #put(path: string, chunks: AsyncIterable<Uint8Array>, executable: boolean): Promise<void> {
    const digester = new Digester();
    const file = await this.#place.receive(digesting(chunks, digester), { executable });
    await this.#inTurn(async () => {
      const above = this.#foldersAbove(path);
      if (this.#folders.has(path)) throw taken(path, "a folder of that name is there already");
      await file.placeAt(path);
      for (const folder of above) this.#folders.add(folder);
      this.#entries.set(path, { path, ...digester.result() });
    });
  }

  async #makeFolder(path: string): Promise<void> {
    await this.#inTurn(async () => {
      const folders = [...this.#foldersAbove(path), path];
      if (this.#entries.has(path)) throw taken(path, "a file of that name is there already");
      await this.#place.mkdir(path);
      for (const folder of folders) this.#folders.add(folder);
    });
  }

  #foldersAbove(path: string): readonly string[] {
    const parts = path.split("/").slice(0, -1);
    const folders = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
    const file = folders.find((folder) => this.#entries.has(folder));
    if (file !== undefined) throw taken(path, `${JSON.stringify(file)} is a file`);
    return folders;
  }

  /** One placement after the other, so that the draft's own record and the place never disagree. */
  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#placing.then(work);
    this.#placing = turn.catch(() => {});
    await turn;
  }
}

async function* digesting(chunks: AsyncIterable<Uint8Array>, digester: Digester): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) {
    digester.update(chunk);
    yield chunk;
  }
}

async function* counted(chunks: AsyncIterable<Uint8Array>, onBytes: CopyOptions["onBytes"]): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) {
    onBytes?.(chunk.length);
    yield chunk;
  }
}

function taken(path: string, why: string): BentoError {
  return new BentoError("BENTO_MODEL_INVALID", `${JSON.stringify(path)} cannot be written: ${why}.`);
}

function sealed(tag: Tag, state: "committed" | "discarded"): BentoError {
  return new BentoError("BENTO_MODEL_SEALED", `The draft of ${tag.toString()} is ${state}, and takes nothing more.`, {
    hint: state === "committed" ? "Models never change; save a new version." : "Start a new draft.",
  });
}

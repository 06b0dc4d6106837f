import { BentoError, Tag, type TagLike } from "@bento/core";
import { lstatSync, renameSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Aliases, type ModelStoreOptions, resolveAlias } from "../store/aliases.js";
import { checkSignal } from "../store/cancellation.js";
import { type CreateArguments, createArguments, runDraft } from "../store/create-model.js";
import { Draft } from "../store/draft.js";
import { tagForDraft } from "../store/draft-tag.js";
import { syncFolder } from "./durability.js";
import { FilePlace } from "./file-place.js";
import { FileStoredModel } from "./file-stored-model.js";
import { resolveHome } from "./home.js";
import { findLatest, retreatLatest, writeLatest } from "./latest.js";
import { isVersion, layoutOf, modelFolder, nameFolder, type StoreLayout } from "./layout.js";
import { Leftovers } from "./leftovers.js";
import { listEntries, namesOf, reasonOf } from "./list-models.js";
import type { ModelInput } from "../model/model-info.js";
import type { ListedModel, ListOptions, ModelDraft, ModelStore, SignalOptions, StoredModel } from "../store/model-store.js";
import { hasModelYaml, isFolderAt, notAModel, versionsIn } from "./name-folder.js";
import { isErrno, onDisk, onDiskSync, storeFailure } from "./store-failure.js";
import type { VersionedTag } from "../store/stored-model.js";
import { chooseVersion, modelExists, nameNotFound, versionNotFound } from "../store/version-choice.js";
import { Workspace } from "./workspace.js";

/** How long `list` works before it lets others have the event loop. Milliseconds. */
const sliceMs = 10;
/** How often a read starts again because another process deleted what it had just found. */
const maxTries = 10;

/**
 * The models of a home, in the folders that Python BentoML uses too.
 *
 * Any number of objects and processes may work on one home at once. Nothing is opened or made before it is needed.
 */
export class FileModelStore implements ModelStore {
  readonly location: string;
  readonly shared = true;
  readonly #layout: StoreLayout;
  readonly #aliases: Aliases | undefined;
  readonly #leftovers: Leftovers;
  readonly #drafts = new Set<ModelDraft>();

  /** @param home the folder that holds `models/`; default {@link resolveHome}. A relative path counts from the folder that is current now. @throws BENTO_CONFIG_INVALID when it is empty */
  constructor(home: string = resolveHome(), { aliases }: ModelStoreOptions = {}) {
    if (home === "") {
      throw new BentoError("BENTO_CONFIG_INVALID", 'The home "" is no folder.', { hint: "Name one, or leave it out for BENTOML_HOME." });
    }
    this.location = resolve(home);
    this.#layout = layoutOf(this.location);
    this.#aliases = aliases;
    this.#leftovers = new Leftovers(this.#layout);
  }

  async create(...given: CreateArguments): Promise<StoredModel> {
    const { tag, input, write } = createArguments(given);
    return runDraft(await this.draft(tag, input), write);
  }

  async draft(given: TagLike, input: ModelInput & SignalOptions = {}): Promise<ModelDraft> {
    const tag = tagForDraft(given);
    await this.#leftovers.sweep();
    const draft: Draft = new Draft(tag, input, {
      open: () => {
        if (this.#isTaken(tag)) throw modelExists(tag);
        return new FilePlace(this.#layout, tag, Workspace.open(this.#layout, tag));
      },
      onEnd: () => this.#drafts.delete(draft),
    });
    this.#drafts.add(draft);
    return draft;
  }

  async get(tag: TagLike): Promise<StoredModel> {
    return this.getSync(tag);
  }

  getSync(asked: TagLike): StoredModel {
    const tag = resolveAlias(this.#aliases, asked);
    if (tag.isLatest) this.#leftovers.settle();
    const exact = tag.isLatest ? undefined : this.#open(tag as VersionedTag);
    if (exact !== undefined) return exact;
    for (let tries = 0; tries < maxTries; tries += 1) {
      const found = this.#open(tag.withVersion(this.#versionOf(tag)) as VersionedTag);
      if (found !== undefined) return found;
    }
    throw this.#notFound(tag);
  }

  async list({ name, labels = {}, onSkipped, signal }: ListOptions = {}): Promise<readonly ListedModel[]> {
    const wanted = Object.entries(labels);
    const models: ListedModel[] = [];
    for await (const { tag, folder } of this.#inSlices(listEntries(this.#layout, { name, onSkipped }), signal)) {
      const model = new FileStoredModel(this.#layout, tag, folder);
      try {
        const { labels: has } = model.info;
        if (wanted.every(([key, value]) => Object.hasOwn(has, key) && has[key] === value)) models.push(model);
      } catch (error) {
        if (!BentoError.is(error)) throw error;
        // What was deleted since the folder was read was not skipped: it is gone.
        if (isFolderAt(folder)) onSkipped?.({ path: folder, reason: reasonOf(error) });
      }
    }
    return models;
  }

  async listTags({ name, onSkipped, signal }: Pick<ListOptions, "name" | "onSkipped" | "signal"> = {}): Promise<readonly Tag[]> {
    const tags: Tag[] = [];
    for await (const { tag, folder } of this.#inSlices(listEntries(this.#layout, { name, onSkipped }), signal)) {
      if (hasModelYaml(folder)) tags.push(tag);
      else if (isFolderAt(folder)) onSkipped?.({ path: folder, reason: notAModel(folder).message });
    }
    return tags;
  }

  async delete(given: TagLike): Promise<void> {
    const asked = Tag.from(given);
    const tag = asked.version === "latest" ? asked.withVersion(this.#latestOf(asked)) : asked;
    const parent = tag.version === undefined ? this.#layout.models : nameFolder(this.#layout, tag.name);
    const target = join(parent, tag.version ?? tag.name);
    if (!isFolderAt(target) || (tag.version !== undefined && !isVersion(tag.version))) throw this.#notFound(tag);
    await this.#leftovers.sweep();
    await using workspace = Workspace.open(this.#layout, tag);
    try {
      renameSync(target, workspace.at("model"));
    } catch (error) {
      throw isErrno(error, "ENOENT") ? this.#notFound(tag) : storeFailure(error, "delete", target);
    }
    await onDisk("delete", target, async () => {
      if (isFolderAt(parent)) await syncFolder(parent);
      if (tag.version !== undefined) retreatLatest(this.#layout, workspace, tag.name);
    });
  }

  /** Discards the drafts that are still open. The store holds nothing else, and can be used again. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#drafts].map((draft) => draft.discard()));
  }

  #isTaken(tag: VersionedTag): boolean {
    const folder = modelFolder(this.#layout, tag);
    try {
      return lstatSync(folder, { throwIfNoEntry: false }) !== undefined;
    } catch (error) {
      if (isErrno(error, "ENOTDIR")) return false;
      throw storeFailure(error, "read", folder);
    }
  }

  /**
   * The model of exactly this tag, its `model.yaml` read, or `undefined` where there is none (any more).
   * @throws BENTO_MODEL_INVALID
   */
  #open(tag: VersionedTag): FileStoredModel | undefined {
    const folder = modelFolder(this.#layout, tag);
    const model = new FileStoredModel(this.#layout, tag, folder);
    try {
      void model.info;
      return model;
    } catch (error) {
      if (isFolderAt(folder)) throw error;
      return undefined;
    }
  }

  #versionOf(tag: Tag): string {
    if (tag.isLatest) return this.#latestOf(tag);
    const folder = nameFolder(this.#layout, tag.name);
    if (!isFolderAt(folder)) throw this.#notFound(tag);
    return chooseVersion(tag, versionsIn(folder));
  }

  #latestOf(tag: Tag): string {
    const folder = nameFolder(this.#layout, tag.name);
    const { version, mustHeal } = findLatest(folder);
    if (version === undefined) {
      // Models that cannot be read are there all the same: reading the first of them says what is wrong.
      const [unreadable] = versionsIn(folder);
      if (unreadable === undefined) throw this.#notFound(tag);
      return unreadable;
    }
    if (mustHeal) this.#heal(tag, folder, version);
    return version;
  }

  /** Writes what `latest` should have said. Reading does not depend on it, so a store that cannot be written stays readable. */
  #heal(tag: Tag, folder: string, version: string): void {
    try {
      const workspace = Workspace.open(this.#layout, tag.withVersion(version));
      try {
        writeLatest(workspace, folder, version);
      } finally {
        workspace.removeEmpty();
      }
    } catch (error) {
      if (!isErrno(error) && !BentoError.is(error, "BENTO_STORE_FAILED")) throw error;
    }
  }

  #notFound(tag: Tag): BentoError {
    const names = namesOf(this.#layout);
    if (!names.includes(tag.name)) return nameNotFound(tag, names, this.location);
    return versionNotFound(
      tag,
      onDiskSync("read", nameFolder(this.#layout, tag.name), () => versionsIn(nameFolder(this.#layout, tag.name))),
    );
  }

  async *#inSlices<T>(items: Iterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T, void> {
    let sliceEnd = performance.now() + sliceMs;
    for (const item of items) {
      checkSignal(signal, "Listing models");
      yield item;
      if (performance.now() < sliceEnd) continue;
      await new Promise(setImmediate);
      sliceEnd = performance.now() + sliceMs;
    }
    checkSignal(signal, "Listing models");
  }
}

const defaults = new Map<string, FileModelStore>();

/** The file store of the home that the environment names now; the same object for the same home. */
export function defaultStore(): FileModelStore {
  const home = resolve(resolveHome());
  const store = defaults.get(home) ?? new FileModelStore(home);
  defaults.set(home, store);
  return store;
}

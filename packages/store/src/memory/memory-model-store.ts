import { Tag, type TagLike } from "@bento/core";
import { type Aliases, type ModelStoreOptions, resolveAlias } from "../store/aliases.js";
import { checkSignal } from "../store/cancellation.js";
import { type CreateArguments, createArguments, runDraft } from "../store/create-model.js";
import { Draft } from "../store/draft.js";
import { tagForDraft } from "../store/draft-tag.js";
import { MemoryPlace } from "./memory-place.js";
import { type MemoryContent, MemoryStoredModel } from "./memory-stored-model.js";
import { compareCreation, type ModelInfo, type ModelInput } from "../model/model-info.js";
import type { ListedModel, ListOptions, ModelDraft, ModelStore, SignalOptions, StoredModel } from "../store/model-store.js";
import { modelKind } from "../model/model-kind.js";
import { SignatureGate } from "../signing/gate.js";
import type { SignaturePolicy } from "../signing/policy.js";
import type { ExistingPolicy, ImportDraft } from "../store/import-draft.js";
import { ItemImport } from "../store/item-import.js";
import { MemoryImport } from "./memory-import.js";
import type { VersionedTag } from "../store/stored-item.js";
import { TemporaryFolder } from "./temporary-folder.js";
import { chooseVersion, itemExists, nameNotFound, versionNotFound } from "../store/version-choice.js";

/** All versions of one name. */
interface Shelf {
  readonly models: Map<string, MemoryStoredModel>;
  latest: string;
}

/**
 * Models in the memory of this process, for tests and for services that make their models themselves.
 *
 * It keeps the rules of {@link FileModelStore}. Only `path` and `resolvePath` of a model touch the disk: they write its
 * files to a temporary folder, which is removed with the store, at the latest when the process exits.
 */
export class MemoryModelStore implements ModelStore {
  readonly location = "memory";
  readonly shared = false;
  readonly signatures: SignaturePolicy | undefined;
  readonly #aliases: Aliases | undefined;
  readonly #gate: SignatureGate | undefined;
  readonly #shelves = new Map<string, Shelf>();
  readonly #folder = new TemporaryFolder();
  readonly #drafts = new Set<{ discard(): Promise<void> }>();
  #saved = 0;

  /** @param options `signatures`: default, nothing is required, whatever the environment says */
  constructor({ aliases, signatures }: ModelStoreOptions = {}) {
    this.#aliases = aliases;
    this.signatures = signatures?.require === true ? signatures : undefined;
    this.#gate = this.signatures && new SignatureGate(this.signatures);
  }

  async create(...given: CreateArguments): Promise<StoredModel> {
    const { tag, input, write } = createArguments(given);
    return runDraft(await this.draft(tag, input), write);
  }

  async draft(given: TagLike, input: ModelInput & SignalOptions = {}): Promise<ModelDraft> {
    const tag = tagForDraft(given);
    const draft: Draft = new Draft(tag, input, {
      open: () => {
        this.#checkFree(tag);
        return new MemoryPlace((info, content) => this.#add(tag, info, content));
      },
      onEnd: () => this.#drafts.delete(draft),
    });
    this.#drafts.add(draft);
    return draft;
  }

  async importDraft({ signal }: SignalOptions = {}): Promise<ImportDraft<ModelInfo, StoredModel>> {
    checkSignal(signal, "Importing a model");
    const draft = new ItemImport<ModelInfo, StoredModel>({
      kind: modelKind,
      signal,
      place: new MemoryImport(modelKind, ({ tag, info }, content, existing) => this.#add(tag, info, content, existing)),
      onEnd: () => this.#drafts.delete(draft),
    });
    this.#drafts.add(draft);
    return draft;
  }

  async get(asked: TagLike): Promise<StoredModel> {
    const model = this.#find(asked);
    await this.#gate?.admit(model);
    return model;
  }

  getSync(asked: TagLike): StoredModel {
    const model = this.#find(asked);
    this.#gate?.admitSync(model.tag, model.contentAtHand());
    return model;
  }

  async list({ name, labels = {}, signal }: ListOptions = {}): Promise<readonly ListedModel[]> {
    checkSignal(signal, "Listing models");
    const wanted = Object.entries(labels);
    return this.#select(name).filter(({ info }) =>
      wanted.every(([key, value]) => Object.hasOwn(info.labels, key) && info.labels[key] === value),
    );
  }

  async listTags({ name, signal }: Pick<ListOptions, "name" | "signal"> = {}): Promise<readonly Tag[]> {
    checkSignal(signal, "Listing models");
    return this.#select(name).map(({ tag }) => tag);
  }

  async delete(given: TagLike): Promise<void> {
    const asked = Tag.from(given);
    const shelf = this.#shelfOf(asked);
    const version = asked.version === "latest" ? shelf.latest : asked.version;
    if (version !== undefined && !shelf.models.has(version)) throw versionNotFound(modelKind, asked, [...shelf.models.keys()].toSorted());
    if (version === undefined) shelf.models.clear();
    else shelf.models.delete(version);
    if (shelf.models.size === 0) this.#shelves.delete(asked.name);
    else if (shelf.latest === version) shelf.latest = newestIn(shelf);
  }

  /** Discards the drafts that are still open, and removes the files that `path` and `resolvePath` wrote. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#drafts].map((draft) => draft.discard()));
    this.#folder[Symbol.dispose]();
  }

  #find(asked: TagLike): MemoryStoredModel {
    const tag = resolveAlias(this.#aliases, asked);
    const shelf = this.#shelfOf(tag);
    const version = tag.isLatest ? shelf.latest : chooseVersion(modelKind, tag, [...shelf.models.keys()].toSorted());
    return shelf.models.get(version) as MemoryStoredModel;
  }

  #add(tag: VersionedTag, info: ModelInfo, content: MemoryContent, existing: ExistingPolicy = "error"): MemoryStoredModel {
    if (existing === "error") this.#checkFree(tag);
    // A number, because a tag that is deleted and saved again is another model and must not share its files.
    const folder = `${(this.#saved += 1)}/${tag.name}/${tag.version}`;
    const model = new MemoryStoredModel(tag, info, content, (files) => this.#folder.write(folder, files));
    const shelf = this.#shelves.get(tag.name) ?? { models: new Map<string, MemoryStoredModel>(), latest: tag.version };
    const wasReplaced = shelf.models.has(tag.version);
    const newest = shelf.models.get(shelf.latest);
    shelf.models.set(tag.version, model);
    if (wasReplaced) shelf.latest = newestIn(shelf);
    else if (newest === undefined || compareCreation(info, newest.info) >= 0) shelf.latest = tag.version;
    this.#shelves.set(tag.name, shelf);
    return model;
  }

  #checkFree(tag: VersionedTag): void {
    if (this.#shelves.get(tag.name)?.models.has(tag.version)) throw itemExists(modelKind, tag);
  }

  #shelfOf(tag: Tag): Shelf {
    const shelf = this.#shelves.get(tag.name);
    if (shelf === undefined) throw nameNotFound(modelKind, tag, [...this.#shelves.keys()], this.location);
    return shelf;
  }

  #select(name: string | undefined): readonly MemoryStoredModel[] {
    const tag = name === undefined || name === "" ? undefined : Tag.parse(name);
    const version = tag?.version;
    if (tag !== undefined && version !== undefined) {
      const model = this.#shelves.get(tag.name)?.models.get(version);
      return model === undefined ? [] : [model];
    }
    const shelves = tag === undefined ? [...this.#shelves.values()] : [this.#shelfOf(tag)];
    return shelves.flatMap((shelf) => [...shelf.models.values()]).toSorted((a, b) => Tag.compare(a.tag, b.tag));
  }
}

/** The newest version of a name; of equal times the one that is the latest already, else the first. */
function newestIn({ models, latest }: Shelf): string {
  const sorted = [...models.values()].toSorted((a, b) => Tag.compare(a.tag, b.tag));
  const named = models.get(latest);
  const newest = (named === undefined ? sorted : [named, ...sorted]).reduce((a, b) => (compareCreation(b.info, a.info) > 0 ? b : a));
  return newest.tag.version;
}

import { BentoError, Tag, type TagLike } from "@bento/core";
import { renameSync } from "node:fs";
import { join, resolve } from "node:path";
import { checkSignal } from "../store/cancellation.js";
import type { ImportDraft } from "../store/import-draft.js";
import { ItemImport } from "../store/item-import.js";
import type { ItemInfo, ItemKind } from "../store/item-kind.js";
import type { ListOptions, SignalOptions } from "../store/model-store.js";
import type { VersionedTag } from "../store/stored-item.js";
import { chooseVersion, nameNotFound, versionNotFound } from "../store/version-choice.js";
import { syncFolder } from "./durability.js";
import { FileImport } from "./file-import.js";
import { findLatest, retreatLatest, writeLatest } from "./latest.js";
import { isVersion, itemFolder, layoutOf, nameFolder, type StoreLayout } from "./layout.js";
import { Leftovers } from "./leftovers.js";
import { listEntries, namesOf, reasonOf } from "./list-items.js";
import { hasDocument, isFolderAt, notAnItem, versionsIn } from "./name-folder.js";
import { isErrno, onDisk, onDiskSync, storeFailure } from "./store-failure.js";
import { stagedIn } from "./swap.js";
import { TimeSlice } from "./time-slice.js";
import { Workspace } from "./workspace.js";

/** How often a read starts again because another process deleted what it had just found. */
const maxTries = 10;

/** The items of one kind in a home: all that does not depend on what the items are. */
export abstract class FileItemStore<Info extends ItemInfo, Stored extends { readonly info: Info }> {
  /** The home, absolute. */
  readonly location: string;
  readonly shared = true;
  protected readonly layout: StoreLayout<Info>;
  protected readonly leftovers: Leftovers;
  protected readonly unfinished = new Set<{ discard(): Promise<void> }>();

  constructor(kind: ItemKind<Info>, home: string) {
    if (home === "") {
      throw new BentoError("BENTO_CONFIG_INVALID", 'The home "" is no folder.', { hint: "Name one, or leave it out for BENTOML_HOME." });
    }
    this.location = resolve(home);
    this.layout = layoutOf(this.location, kind);
    this.leftovers = new Leftovers(this.layout);
  }

  /** @param info what the document says, if that is known; else it is read when it is asked for */
  protected abstract stored(tag: VersionedTag, folder: string, info?: Info): Stored;

  async get(tag: TagLike): Promise<Stored> {
    return this.getSync(tag);
  }

  getSync(asked: TagLike): Stored {
    const tag = Tag.from(asked);
    if (tag.isLatest) this.leftovers.settle();
    const exact = tag.isLatest ? undefined : this.#openPatiently(tag as VersionedTag);
    if (exact !== undefined) return exact;
    for (let tries = 0; tries < maxTries; tries += 1) {
      const found = this.#openPatiently(tag.withVersion(this.#versionOf(tag)) as VersionedTag);
      if (found !== undefined) return found;
    }
    throw this.#notFound(tag);
  }

  async list({ name, labels = {}, onSkipped, signal }: ListOptions = {}): Promise<readonly Stored[]> {
    this.leftovers.settle();
    const wanted = Object.entries(labels);
    const items: Stored[] = [];
    for await (const entry of this.#inSlices(listEntries(this.layout, { name, onSkipped }), signal)) {
      try {
        const item = this.#openPatiently(entry.tag);
        if (item === undefined) continue;
        const { labels: has } = item.info;
        if (wanted.every(([key, value]) => Object.hasOwn(has, key) && has[key] === value)) items.push(item);
      } catch (error) {
        if (!BentoError.is(error)) throw error;
        onSkipped?.({ path: entry.folder, reason: reasonOf(error) });
      }
    }
    return items;
  }

  async listTags({ name, onSkipped, signal }: Pick<ListOptions, "name" | "onSkipped" | "signal"> = {}): Promise<readonly Tag[]> {
    this.leftovers.settle();
    const tags: Tag[] = [];
    for await (const { tag, folder } of this.#inSlices(listEntries(this.layout, { name, onSkipped }), signal)) {
      if (hasDocument(this.layout.kind, folder)) tags.push(tag);
      else if (isFolderAt(folder)) onSkipped?.({ path: folder, reason: notAnItem(this.layout.kind, folder).message });
      else if (this.#openPatiently(tag) !== undefined) tags.push(tag);
    }
    return tags;
  }

  async delete(given: TagLike): Promise<void> {
    const asked = Tag.from(given);
    const tag = asked.version === "latest" ? asked.withVersion(this.#latestOf(asked)) : asked;
    const parent = tag.version === undefined ? this.layout.items : nameFolder(this.layout, tag.name);
    const target = join(parent, tag.version ?? tag.name);
    await this.leftovers.sweep();
    if (!isFolderAt(target)) this.leftovers.awaitSwap(tag.name);
    if (!isFolderAt(target) || (tag.version !== undefined && !isVersion(tag.version))) throw this.#notFound(tag);
    await using workspace = Workspace.open(this.layout, tag);
    try {
      renameSync(target, stagedIn(this.layout, workspace.path));
    } catch (error) {
      throw isErrno(error, "ENOENT") ? this.#notFound(tag) : storeFailure(error, "delete", target);
    }
    await onDisk("delete", target, async () => {
      if (isFolderAt(parent)) await syncFolder(parent);
      if (tag.version !== undefined) retreatLatest(this.layout, workspace, tag.name);
    });
  }

  async importDraft({ signal }: SignalOptions = {}): Promise<ImportDraft<Info, Stored>> {
    const { kind } = this.layout;
    checkSignal(signal, `Importing a ${kind.noun}`);
    await this.leftovers.sweep();
    checkSignal(signal, `Importing a ${kind.noun}`);
    const draft = new ItemImport<Info, Stored>({
      kind,
      signal,
      place: new FileImport(this.layout, ({ tag, info }, folder) => this.stored(tag, folder, info)),
      onEnd: () => this.unfinished.delete(draft),
    });
    this.unfinished.add(draft);
    return draft;
  }

  /** Discards what was begun and is not finished. The store holds nothing else, and can be used again. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.unfinished].map((draft) => draft.discard()));
  }

  /**
   * The item of exactly this tag, its document read, or `undefined` where there is none (any more).
   * @throws the kind's code for what is invalid
   */
  #open(tag: VersionedTag): Stored | undefined {
    const folder = itemFolder(this.layout, tag);
    const item = this.stored(tag, folder);
    for (let looks = 1; ; looks += 1) {
      try {
        void item.info;
        return item;
      } catch (error) {
        if (!isFolderAt(folder)) return undefined;
        // Looked at twice: it may have been replaced between the two looks of the first time.
        if (looks === 2) throw error;
      }
    }
  }

  /** {@link FileItemStore.#open} of what may be missing only because somebody replaces it, or died doing that. */
  #openPatiently(tag: VersionedTag): Stored | undefined {
    const found = this.#open(tag);
    if (found !== undefined) return found;
    this.leftovers.settle();
    this.leftovers.awaitSwap(tag.name);
    return this.#open(tag);
  }

  #versionOf(tag: Tag): string {
    if (tag.isLatest) return this.#latestOf(tag);
    const folder = nameFolder(this.layout, tag.name);
    if (!isFolderAt(folder)) throw this.#notFound(tag);
    return chooseVersion(this.layout.kind, tag, versionsIn(folder));
  }

  #latestOf(tag: Tag): string {
    const { kind } = this.layout;
    const folder = nameFolder(this.layout, tag.name);
    let { version, mustHeal } = findLatest(kind, folder);
    if (version === undefined || mustHeal) {
      this.leftovers.awaitSwap(tag.name);
      ({ version, mustHeal } = findLatest(kind, folder));
    }
    if (version === undefined) {
      // Items that cannot be read are there all the same: reading the first of them says what is wrong.
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
      const workspace = Workspace.open(this.layout, tag.withVersion(version));
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
    const { kind } = this.layout;
    const names = namesOf(this.layout);
    if (!names.includes(tag.name)) return nameNotFound(kind, tag, names, this.location);
    const folder = nameFolder(this.layout, tag.name);
    return versionNotFound(
      kind,
      tag,
      onDiskSync("read", folder, () => versionsIn(folder)),
    );
  }

  async *#inSlices<T>(items: Iterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T, void> {
    const listing = `Listing ${this.layout.kind.noun}s`;
    const slice = new TimeSlice();
    for (const item of items) {
      checkSignal(signal, listing);
      yield item;
      if (slice.isOver) await slice.pause();
    }
    checkSignal(signal, listing);
  }
}

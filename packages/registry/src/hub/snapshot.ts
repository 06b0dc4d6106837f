import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { BentoError } from "@bento/core";
import { CacheFolder } from "./cache-folder.js";
import { HubConnection, type HubRetry } from "./hub-connection.js";
import { type HubTarget, named } from "./hub-failures.js";
import { type HubOptions, type HubSettings, hubSettings } from "./hub-settings.js";
import { commitOf, filesOf, type HubFile, readListing, writeListing } from "./listing.js";
import { checkModelId, checkRevision, isCommit } from "./model-id.js";
import { fileFilter } from "./patterns.js";

/** Which files of a model of the hub are wanted. */
export interface SnapshotOptions extends HubOptions {
  /** A branch, a tag or a commit. @default `"main"` */
  readonly revision?: string | undefined;
  /** Patterns as of Python's `fnmatch`: files that none of them fits are left out. @default all files */
  readonly include?: string | readonly string[] | undefined;
  /** Patterns of files to leave out. */
  readonly exclude?: string | readonly string[] | undefined;
  readonly retry?: HubRetry | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The files of a model of the hub at one commit, in the cache. */
export interface HubSnapshot {
  /** As it was asked for. */
  readonly modelId: string;
  readonly commit: string;
  /** Absolute path of their folder. */
  readonly path: string;
  /** Paths of the files below it, sorted; the wanted ones alone. */
  readonly files: readonly string[];
}

/** What one model, asked for in one way, is in the cache and at the hub. */
export class Snapshots {
  readonly target: HubTarget;
  readonly folder: CacheFolder;
  readonly connection: HubConnection;
  readonly #settings: HubSettings;
  readonly #options: SnapshotOptions;
  readonly #isWanted: (path: string) => boolean;
  /** Why the hub cannot be asked. */
  #cut: BentoError | undefined;

  /** @throws BENTO_TAG_INVALID, BENTO_CONFIG_INVALID for what cannot be asked for */
  constructor(modelId: string, options: SnapshotOptions) {
    const { revision = "main", include, exclude, retry, signal } = options;
    checkModelId(modelId);
    checkRevision(revision);
    this.#options = options;
    this.#settings = hubSettings(options);
    this.target = { endpoint: this.#settings.endpoint, modelId, revision };
    this.folder = new CacheFolder(this.#settings.cache, modelId, this.#settings.hasLinks);
    this.connection = new HubConnection(this.target, this.#settings, retry, signal);
    this.#isWanted = fileFilter(listOf(include), listOf(exclude));
    if (this.#settings.isOffline) this.#cut = this.#offline();
  }

  /** Whether the hub is not to be asked, or did not answer when it was. */
  get isCut(): boolean {
    return this.#cut !== undefined;
  }

  /**
   * The commit that the revision means. A commit means itself; else the hub says, or where it cannot be asked the cache,
   * if it has all of what was the newest when the hub was asked last.
   * @throws BENTO_MODEL_NOT_FOUND, BENTO_FORBIDDEN, BENTO_UNAUTHORIZED, BENTO_REGISTRY_FAILED
   */
  async commit(): Promise<string> {
    const { revision } = this.target;
    if (isCommit(revision)) return revision;
    const last = await this.folder.readRef(revision);
    if (this.#cut !== undefined) {
      if (last === undefined) throw this.#cut;
      return last;
    }
    const isLastWhole = last !== undefined && ((await this.whole(last)) ?? (await this.unlisted(last))) !== undefined;
    // Who has something to go on with need not wait for long.
    const retry = isLastWhole ? { ...this.#options.retry, retries: 1 } : this.#options.retry;
    try {
      return await commitOf(new HubConnection(this.target, this.#settings, retry, this.#options.signal));
    } catch (error) {
      if (!isLastWhole || !BentoError.is(error, "BENTO_REGISTRY_FAILED")) throw error;
      this.#cut = error;
      return last;
    }
  }

  /** The snapshot, if the cache has all of it and a list that says so. */
  async whole(commit: string): Promise<HubSnapshot | undefined> {
    const wanted = (await readListing(this.folder, commit))?.filter(({ path }) => this.#isWanted(path)) ?? [];
    return wanted.length > 0 && (await this.missing(commit, wanted)).length === 0 ? this.snapshot(commit, wanted) : undefined;
  }

  /** What the cache has of a commit without a list, which `huggingface_hub` of before 2 does not keep: as good as whole for who cannot ask. */
  async unlisted(commit: string): Promise<HubSnapshot | undefined> {
    if ((await readListing(this.folder, commit)) !== undefined) return undefined;
    const files = (await filesBelow(this.folder.snapshot(commit))).filter((path) => this.#isWanted(path));
    return files.length === 0
      ? undefined
      : this.snapshot(
          commit,
          files.map((path) => ({ path })),
        );
  }

  /**
   * The wanted files of a commit, from the list in the cache, else from the hub.
   * @throws BENTO_FILE_NOT_FOUND where none is wanted
   */
  async wanted(commit: string): Promise<readonly HubFile[]> {
    let files = await readListing(this.folder, commit);
    if (files === undefined) {
      if (this.#cut !== undefined) throw this.#cut;
      files = await filesOf(this.connection, commit);
      // Where nothing may be written, all there is to read may be there.
      await writeListing(this.folder, commit, files).catch(() => undefined);
    }
    const wanted = files.filter(({ path }) => this.#isWanted(path));
    if (wanted.length === 0) throw this.#noneWanted(files.length);
    return wanted;
  }

  /** Those of the files that the cache has not. */
  async missing(commit: string, files: readonly HubFile[]): Promise<readonly HubFile[]> {
    const isThere = await Promise.all(files.map(({ path, size }) => this.folder.has(commit, path, size)));
    return files.filter((_, index) => isThere[index] === false);
  }

  /** @throws what says why the hub cannot be asked, where it cannot */
  checkOnline(): void {
    if (this.#cut !== undefined) throw this.#cut;
  }

  snapshot(commit: string, files: readonly { readonly path: string }[]): HubSnapshot {
    const paths = files.map(({ path }) => path).toSorted((a, b) => (a < b ? -1 : 1));
    return { modelId: this.target.modelId, commit, path: this.folder.snapshot(commit), files: paths };
  }

  #offline(): BentoError {
    const message = `The model ${named(this.target)} is not in the cache ${this.folder.path}, or not all of it, and HF_HUB_OFFLINE says to ask nobody.`;
    return new BentoError("BENTO_MODEL_NOT_FOUND", message, {
      hint: "Unset HF_HUB_OFFLINE, or download the model where there is a network and bring the cache along.",
    });
  }

  #noneWanted(count: number): BentoError {
    const { include, exclude } = this.#options;
    const patterns = JSON.stringify({ include: listOf(include), exclude: listOf(exclude) });
    return new BentoError("BENTO_FILE_NOT_FOUND", `Of the ${count} files of the model ${named(this.target)} none is wanted: ${patterns}.`, {
      hint: `Look at the names of its files: ${this.target.endpoint}/${this.target.modelId}/tree/main shows them.`,
    });
  }
}

function listOf(patterns: string | readonly string[] | undefined): readonly string[] | undefined {
  return typeof patterns === "string" ? [patterns] : patterns;
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => !entry.isDirectory());
  return files.map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll(sep, "/"));
}

import type { Tag, TagLike } from "@bento/core";
import type { ImportDraft } from "../store/import-draft.js";
import type { ListOptions, ModelFile, RangeOptions, SignalOptions } from "../store/model-store.js";
import type { Tree } from "../tree/tree.js";
import type { BentoInfo, BentoModelReference } from "./bento-info.js";

/** A bento in a store: services with their sources, and the tags of the models that they need. It never changes. */
export interface StoredBento {
  /** Always with a version. */
  readonly tag: Tag;
  /** What `bento.yaml` says; deeply frozen. Keys that it does not know are in the file alone. */
  readonly info: BentoInfo;
  /**
   * Every model that it needs: those of the bento and of each of its services, unique by tag. Of several entries for one
   * tag the last one counts, but an alias, which only the bento's own entry carries, is kept.
   */
  readonly models: readonly BentoModelReference[];
  /** Bytes of all files, `bento.yaml` included, as Python counts; without the models. */
  readonly size: number;
  /** Absolute path of the bento's folder. */
  readonly path: string;

  /** The files, sorted by path. */
  files(options?: SignalOptions): Promise<readonly ModelFile[]>;
  /** @throws BENTO_FILE_NOT_FOUND quoting the path */
  read(path: string, options?: SignalOptions): Promise<Uint8Array>;
  /** UTF-8. @throws BENTO_FILE_NOT_FOUND quoting the path */
  text(path: string, options?: SignalOptions): Promise<string>;
  /** The file as a stream; it is opened on the first read. @throws BENTO_FILE_NOT_FOUND from the stream */
  stream(path: string, options?: RangeOptions): ReadableStream<Uint8Array>;
  /** Absolute path of one file or folder of the bento. @throws BENTO_FILE_NOT_FOUND */
  resolvePath(path: string): string;
  /** Everything that is the bento, for transfers. */
  tree(): Tree;
}

/**
 * A place for immutable bentos, by tag; the counterpart of a model store, with the same rules for versions, `latest`,
 * listing and deleting. Its errors are BENTO_BENTO_NOT_FOUND, _EXISTS, _INVALID and _AMBIGUOUS.
 */
export interface BentoStore extends AsyncDisposable {
  /** Where the bentos are, for messages. */
  readonly location: string;
  /** Whether another process that opens the same `location` sees the same bentos. */
  readonly shared: boolean;

  /** A draft for a bento that exists elsewhere and comes with its own `bento.yaml`. The signal discards it. */
  importDraft(options?: SignalOptions): Promise<ImportDraft<BentoInfo, StoredBento>>;
  /** @throws BENTO_BENTO_NOT_FOUND, BENTO_BENTO_AMBIGUOUS, BENTO_TAG_INVALID, BENTO_BENTO_INVALID when its `bento.yaml` is broken */
  get(tag: TagLike): Promise<StoredBento>;
  /** {@link BentoStore.get} without waiting. */
  getSync(tag: TagLike): StoredBento;
  /** The bentos in order of name, then version. Reads each `bento.yaml`; one bad entry never hides the others. */
  list(options?: ListOptions): Promise<readonly StoredBento[]>;
  /** The tags in the order of {@link BentoStore.list}, from folder names and the presence of `bento.yaml`. */
  listTags(options?: Pick<ListOptions, "name" | "onSkipped" | "signal">): Promise<readonly Tag[]>;
  /** Removes one version; a bare name removes them all; `name:latest` the newest. No prefixes; models stay. @throws BENTO_BENTO_NOT_FOUND */
  delete(tag: TagLike): Promise<void>;
}

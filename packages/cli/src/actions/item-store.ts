import type { Tag } from "@bento/core";
import type {
  ArchiveFormat,
  ArchiveOptions,
  ArchiveReport,
  Compression,
  ImportBentoOptions,
  ImportModelOptions,
  ImportOutcome,
  LocationOptions,
  SkippedEntry,
  StreamTarget,
  Transfer,
} from "@bento/store";

/** A model or bento in its store, as far as both are alike. */
export interface Item {
  readonly tag: Tag;
  readonly info: { readonly labels: Readonly<Record<string, string>> };
  /** Bytes. */
  readonly size: number;
  readonly path: string;
}

/** What the commands do with a store, be it of models or of bentos. */
export interface ItemStore extends AsyncDisposable {
  /** Newest first. @throws BENTO_MODEL_NOT_FOUND (BENTO_BENTO_NOT_FOUND) for a name that the store does not have */
  list(options: ListItemsOptions): Promise<readonly Item[]>;
  /** In order of name and version. With a version, exactly that one. @throws as `list` */
  listTags(name: string | undefined): Promise<readonly Tag[]>;
  /** A version's beginning is enough while it is unique. */
  get(tag: string): Promise<Item>;
  delete(tag: Tag): Promise<void>;
  /** The bentos that cannot do without an item, for each of these in turn. */
  usersOf(tags: readonly Tag[]): Promise<readonly (readonly Tag[])[]>;
  /** Ends with the path that was written; with `undefined` for a stream. */
  exportItem(tag: Tag, target: string | StreamTarget, options: ExportItemOptions): Transfer<string | undefined>;
  importItem(
    source: string | ReadableStream<Uint8Array>,
    options: ImportChoices,
  ): Transfer<Item> & { readonly outcome: ImportOutcome | undefined };
  /** What an import would take in. */
  inspect(source: string | ReadableStream<Uint8Array>, options: ImportChoices): Transfer<ArchiveReport<unknown>>;
  /** Titles of the columns of a list, by the names that its values have in JSON; both are BentoML's. */
  readonly columns: Readonly<Record<string, string>>;
  /** What stands in the columns. */
  row(item: Item, onWarning: (text: string) => void): Promise<Readonly<Record<string, string>>>;
  /** The item's own YAML file. */
  yaml(item: Item): Promise<string>;
  /** The same as values, under the names of the file. */
  document(item: Item): Promise<unknown>;
}

/** What {@link ItemStore.list} can be asked for. */
export interface ListItemsOptions {
  readonly name: string | undefined;
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly onSkipped: (entry: SkippedEntry) => void;
}

/** How an item is exported. */
export interface ExportItemOptions extends ArchiveOptions, LocationOptions {
  /** Whether a bento takes its models along; default: yes. A model has none. */
  readonly withModels?: boolean | undefined;
}

/** What a command line can say of an archive to be made. */
export interface ArchiveChoices {
  readonly format?: ArchiveFormat | undefined;
  readonly compression?: Compression | undefined;
  /** Bytes. */
  readonly maxMemory?: number | undefined;
}

/** What a command line can say of an import. A bento keeps its name and version. */
export type ImportChoices = Pick<
  ImportModelOptions,
  "format" | "name" | "version" | "existing" | "acceptChanges" | "limits" | "maxMemory" | "signal" | "onWarning"
> &
  Pick<ImportBentoOptions, "onModel"> &
  LocationOptions;

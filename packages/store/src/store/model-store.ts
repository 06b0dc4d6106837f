import type { TagLike, Tag } from "@bento/core";
import type { KeyObject } from "node:crypto";
import type { ModelInfo, ModelInput } from "../model/model-info.js";
import type { SignaturePolicy, TrustedKey } from "../signing/policy.js";
import type { Tree } from "../tree/tree.js";
import type { ImportDraft } from "./import-draft.js";

/** What a draft's `write` takes. Text is stored as UTF-8. */
export type FileContent =
  | string
  | Uint8Array
  | ArrayBuffer
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | Iterable<Uint8Array>;

/** One file of a model. */
export interface ModelFile {
  /** Relative to the model's folder, `/` between its parts. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** A file's line in the manifest. */
export interface ManifestEntry extends ModelFile {
  /** Lower-case hex. */
  readonly sha256: string;
}

/** What `verify` found. */
export interface Verification {
  readonly tag: Tag;
  /** `"ok"`, `"changed"` (see the three lists), or `"no manifest"`: a model that Python wrote carries none. */
  readonly status: "ok" | "changed" | "no manifest";
  /** Files that the manifest does not know. */
  readonly added: readonly string[];
  /** Files whose size or content differs from the manifest. */
  readonly changed: readonly string[];
  /** Files of the manifest that are gone. */
  readonly missing: readonly string[];
  /** What is to be said of its signature; absent for a model that is not signed and need not be. */
  readonly signature?: SignatureFinding;
}

/** What `verify` found out about a signature. Files are compared with the manifest apart from it. */
export interface SignatureFinding {
  /**
   * `"trusted"`: tag and manifest are what one of the given keys signed. `"untrusted"`: they are what some other key
   * signed, which anybody can make. `"invalid"`: they are not what was signed. `"missing"`: required, and not there.
   */
  readonly status: "trusted" | "untrusted" | "invalid" | "missing";
  /** Who signed: SHA-256 of the public key in DER. Absent where that is not known. */
  readonly keyId: string | undefined;
  /** Why it is not `"trusted"`. */
  readonly reason: string | undefined;
}

/** Options of {@link StoredModel.verify}. */
export interface VerifyOptions extends SignalOptions {
  /** Adds a manifest to a model that has none. */
  readonly write?: boolean | undefined;
  /** Whose signatures count. Default: nobody's. */
  readonly keys?: readonly TrustedKey[] | undefined;
  /** Whether a model that is not signed is told of. */
  readonly requireSignature?: boolean | undefined;
}

/** Options of {@link StoredModel.sign}. */
export interface SignOptions extends SignalOptions {
  /** A private Ed25519 key, or the path of a file that holds one in PEM. */
  readonly key: string | KeyObject;
  /** Whether it takes the place of another's signature. */
  readonly replace?: boolean | undefined;
}

/** Options of reads that may take long. */
export interface SignalOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A byte range: from `start` (inclusive, default 0) to `end` (exclusive, default the end of the file). */
export interface RangeOptions extends SignalOptions {
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}

/**
 * A model in a store. It never changes: there is nothing to write with. What can be added is what others say of it, beside
 * its files: a manifest, if it came without one, and a signature.
 */
export interface StoredModel {
  /** Always with a version. */
  readonly tag: Tag;
  /** What `model.yaml` says; deeply frozen. */
  readonly info: ModelInfo;
  /** Bytes of all files, `model.yaml` and manifest included, as Python counts. */
  readonly size: number;
  /** Absolute path of the model's folder. A memory store writes the files to a temporary folder first, which lives as long as the store. */
  readonly path: string;

  /** The files, sorted by path; without the manifest and the signature. */
  files(options?: SignalOptions): Promise<readonly ModelFile[]>;
  /** @throws BENTO_FILE_NOT_FOUND quoting the path */
  read(path: string, options?: SignalOptions): Promise<Uint8Array>;
  /** UTF-8. @throws BENTO_FILE_NOT_FOUND quoting the path */
  text(path: string, options?: SignalOptions): Promise<string>;
  /** @throws BENTO_FILE_NOT_FOUND quoting the path, BENTO_MODEL_INVALID when the file is not JSON */
  json(path: string, options?: SignalOptions): Promise<unknown>;
  /** The file as a stream; it is opened on the first read. @throws BENTO_FILE_NOT_FOUND from the stream */
  stream(path: string, options?: RangeOptions): ReadableStream<Uint8Array>;
  /** Absolute path of one file or folder of the model, for libraries that open files themselves. @throws BENTO_FILE_NOT_FOUND */
  resolvePath(path: string): string;
  /**
   * Everything that is the model, for transfers: unlike {@link StoredModel.files} it has the folders, the manifest and
   * the right to execute, and refuses to leave anything out. Read when it is asked, not now.
   */
  tree(): Tree;
  /** Compares every file with the manifest, then tag and manifest with the signature if there is one. @throws BENTO_CONFIG_INVALID for keys that cannot be read */
  verify(options?: VerifyOptions): Promise<Verification>;
  /**
   * Verifies the model, adds a manifest if it has none, and signs tag and manifest: from then on both vouch for every byte.
   * The same key again changes nothing.
   * @returns the name of the key, see {@link SignatureFinding.keyId}
   * @throws BENTO_INTEGRITY_FAILED for a model that is not what was saved, BENTO_CONFLICT when another key signed it, BENTO_CONFIG_INVALID for a key that cannot sign
   */
  sign(options: SignOptions): Promise<string>;
  /** The custom objects stored by this SDK, by name; Python's `custom_objects.pkl` is never opened. */
  customObject(name: string): Promise<unknown>;
}

/** Options of {@link ModelDraft.copy}. */
export interface CopyOptions extends SignalOptions {
  /** Told of every piece that was read, by its bytes. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** A model in the making: invisible to everybody until `commit`. Leaving an `await using` block without it discards everything. */
export interface ModelDraft extends AsyncDisposable {
  readonly tag: Tag;
  /** Writes one file, making its folders. A path written twice keeps the last content. @throws BENTO_MODEL_INVALID for a path that is absolute, leads out or is reserved, BENTO_MODEL_SEALED after commit or discard */
  write(path: string, content: FileContent, options?: SignalOptions & { readonly executable?: boolean }): Promise<void>;
  /** Copies a file or folder from disk, to `target` (default: the file's own name; a folder's content to the top). Links that stay inside the source become files; others are refused. */
  copy(source: string | URL, target?: string, options?: CopyOptions): Promise<void>;
  /** Makes an empty folder. */
  mkdir(path: string): Promise<void>;
  /** Makes the model visible, durable and immutable. @throws BENTO_MODEL_EXISTS when the tag was taken meanwhile */
  commit(): Promise<StoredModel>;
  /** Removes everything written so far; does nothing after commit. */
  discard(): Promise<void>;
}

/** What `list` can be asked for. */
export interface ListOptions extends SignalOptions {
  /**
   * All versions of one name; with a version (`name:version`, exact) that one or none. Empty text means everything, as in Python.
   * @throws BENTO_MODEL_NOT_FOUND when the store has no such name
   */
  readonly name?: string | undefined;
  /** Only models that carry all these labels. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Told of every entry that is not a readable model; default: nobody. */
  readonly onSkipped?: ((skipped: SkippedEntry) => void) | undefined;
}

/** An entry of the store's folder that `list` passed over. */
export interface SkippedEntry {
  /** Absolute path. */
  readonly path: string;
  /** Why, in one sentence. */
  readonly reason: string;
}

/** One model's line in a listing. Its `info` is there already; `size` looks at the disk once. */
export type ListedModel = StoredModel;

/**
 * A place for immutable models, by tag.
 *
 * Every store passes one contract suite. A version is chosen by exact name, by unique prefix (`clf:7k`), or as the
 * newest by creation time (`clf`, `clf:latest`).
 */
export interface ModelStore extends AsyncDisposable {
  /** Where the models are, for messages: a folder, or `memory`. */
  readonly location: string;
  /** Whether another process that opens the same `location` sees the same models. */
  readonly shared: boolean;
  /** What models must be to come in by import or pull, and to be got; absent where nothing is required. */
  readonly signatures?: SignaturePolicy | undefined;

  /**
   * Writes a model: runs `write` on a draft, then commits it. Whatever throws leaves the store as it was.
   * A tag without version gets a generated one.
   * @throws BENTO_MODEL_EXISTS, BENTO_TAG_INVALID (also for the version `latest`), BENTO_MODEL_INVALID, BENTO_STORE_FAILED
   */
  create(tag: TagLike, input: ModelInput & SignalOptions, write: (draft: ModelDraft) => unknown): Promise<StoredModel>;
  create(tag: TagLike, write: (draft: ModelDraft) => unknown): Promise<StoredModel>;
  /** A draft to write and commit by hand: `await using draft = await store.draft("clf:v1")`. */
  draft(tag: TagLike, input?: ModelInput & SignalOptions): Promise<ModelDraft>;
  /** A draft for a model that exists elsewhere and comes with its own `model.yaml`. The signal discards it. */
  importDraft(options?: SignalOptions): Promise<ImportDraft<ModelInfo, StoredModel>>;
  /** @throws BENTO_MODEL_NOT_FOUND, BENTO_MODEL_AMBIGUOUS, BENTO_TAG_INVALID, BENTO_MODEL_INVALID when its `model.yaml` is broken, BENTO_SIGNATURE_INVALID when signatures are required and it is not what was signed */
  get(tag: TagLike): Promise<StoredModel>;
  /** {@link ModelStore.get} without waiting, for lazy references. */
  getSync(tag: TagLike): StoredModel;
  /**
   * The models in order of name, then version. Reads each `model.yaml`, so that every model returned can be used; one
   * bad entry never hides the others. Where names are enough, {@link ModelStore.listTags} is several times faster.
   */
  list(options?: ListOptions): Promise<readonly ListedModel[]>;
  /** The tags in the order of {@link ModelStore.list}, from folder names and the presence of `model.yaml`: reads and parses no model. */
  listTags(options?: Pick<ListOptions, "name" | "onSkipped" | "signal">): Promise<readonly Tag[]>;
  /** Removes one version; a bare name removes them all; `name:latest` the newest. No prefixes. @throws BENTO_MODEL_NOT_FOUND */
  delete(tag: TagLike): Promise<void>;
}

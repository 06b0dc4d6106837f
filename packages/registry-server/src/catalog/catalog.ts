import type { CollectionLease } from "./collection-lease.js";
import type { PartCatalog } from "./part-catalog.js";
import type { PushCatalog } from "./push-catalog.js";

/** What a registry keeps: models, or bentos. */
export type ItemKind = "model" | "bento";
/** How far the bytes of a version are. */
export type UploadStatus = "pending" | "uploading" | "success" | "failed";

export interface Label {
  readonly key: string;
  readonly value: string;
}

/** What whoever pushes says of a version. */
export interface VersionAbout {
  readonly description: string;
  readonly labels: readonly Label[];
  /** As in the API: ModelManifest or BentoManifest, kept as it came. */
  readonly manifest: Readonly<Record<string, unknown>>;
  /** When it was made, UTC: `2026-01-02 03:04:05.000006` or ISO 8601. Kept to the microsecond. */
  readonly buildAt: string;
}

/** A name of models or bentos. */
export interface Repository {
  readonly uid: string;
  readonly kind: ItemKind;
  readonly name: string;
  readonly description: string;
  /** ISO 8601, as all times here. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Its newest successful version. */
  readonly latest: Version | null;
}

/** One version, without its content. */
export interface Version extends VersionAbout {
  readonly uid: string;
  readonly kind: ItemKind;
  readonly name: string;
  readonly version: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly uploadStatus: UploadStatus;
  readonly uploadFinishedReason: string;
  readonly uploadStartedAt: string | null;
  readonly uploadFinishedAt: string | null;
  /** Of the plain API's multipart upload that was begun last and has not ended. */
  readonly uploadId: string | null;
  /** What the plain API was told: `proxy`, or another word; null where nobody decided. */
  readonly transmissionStrategy: string | null;
  /** Digest of the content that is published; null where there is none (yet). */
  readonly contentDigest: string | null;
  /** Sum of the sizes of its files; null without content. */
  readonly sizeBytes: number | null;
  /** SHA-256 of the tar that the plain API hands out, where it is known. */
  readonly archiveSha256: string | null;
}

/** Where in a list, and of what. */
export interface ListQuery {
  /** From 0. */
  readonly start?: number | undefined;
  /** At most so many; absent: all. */
  readonly count?: number | undefined;
  /** Part of a name or, in a list of versions, of a version or description too. Upper case is lower case. */
  readonly search?: string | undefined;
}

export interface VersionQuery extends ListQuery {
  /** Of this repository alone. */
  readonly name?: string | undefined;
  /** The API's `q`: `label:stage=dev,team=a -label:old module:onnx word`. */
  readonly q?: string | undefined;
  /** Versions whose upload is not done as well; otherwise the successful alone. */
  readonly unfinished?: boolean | undefined;
}

export interface Page<Item> {
  readonly start: number;
  readonly count: number;
  readonly total: number;
  readonly items: readonly Item[];
}

/** What changes in a version while its bytes come; what is absent stays. */
export interface UploadChange {
  readonly uploadStatus?: UploadStatus | undefined;
  readonly uploadFinishedReason?: string | undefined;
  readonly uploadId?: string | null | undefined;
  readonly transmissionStrategy?: string | null | undefined;
}

/** Names of the {@link Catalog}. */
export interface RepositoryCatalog {
  /** The repository, made if it is not there. */
  createRepository(kind: ItemKind, name: string, description?: string): Promise<Repository>;
  repository(kind: ItemKind, name: string): Promise<Repository | undefined>;
  /** By name. */
  repositories(kind: ItemKind, query?: ListQuery): Promise<Page<Repository>>;
  /** Those of the names that are there, in no order. */
  repositoriesNamed(kind: ItemKind, names: readonly string[]): Promise<readonly Repository[]>;
  /** Deletes it with all its versions; answers whether it was there. */
  deleteRepository(kind: ItemKind, name: string): Promise<boolean>;
}

/** Versions of the {@link Catalog}, but for their content. */
export interface VersionCatalog {
  /**
   * Makes a version that has no bytes yet, and its repository. Where the version is there, `created` is false: what has content stays as
   * it is, what has none takes on what is said of it now.
   */
  createVersion(
    kind: ItemKind,
    name: string,
    version: string,
    about: VersionAbout,
  ): Promise<{ readonly version: Version; readonly created: boolean }>;
  /** A version, finished or not; `latest` is the newest successful one. */
  version(kind: ItemKind, name: string, version: string): Promise<Version | undefined>;
  /** Newest `buildAt` first. */
  versions(kind: ItemKind, query?: VersionQuery): Promise<Page<Version>>;
  /** Changes what is said of a version. */
  updateVersion(kind: ItemKind, name: string, version: string, about: Partial<VersionAbout>): Promise<Version | undefined>;
  /**
   * Notes how the upload goes. A version that has content stays `success` whatever is said: readers keep what they have until other
   * content is published.
   */
  updateUpload(kind: ItemKind, name: string, version: string, change: UploadChange): Promise<Version | undefined>;
  /** Answers whether it was there. Its parts go with the next collection. */
  deleteVersion(kind: ItemKind, name: string, version: string): Promise<boolean>;
}

/**
 * All that a registry knows but for tokens and the audit log, over a {@link Database}. Names and versions are checked here as well;
 * what is not there is `undefined`, unless a method says that it throws.
 * @throws BENTO_TAG_INVALID for a name or version that cannot be one, from every method
 */
export interface Catalog extends RepositoryCatalog, VersionCatalog, PushCatalog, PartCatalog, CollectionLease {}

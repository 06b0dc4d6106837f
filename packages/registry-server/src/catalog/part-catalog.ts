import type { ContentDocument } from "@bento/registry/wire";
import type { ItemKind } from "./catalog.js";

export interface PublishedContent {
  readonly name: string;
  /** The version's own name, where `latest` was asked for. */
  readonly version: string;
  readonly content: ContentDocument;
  readonly digest: string;
}

/** An upload that ended without being published. */
export interface ExpiredPush {
  readonly id: string;
  readonly kind: ItemKind;
  readonly name: string;
  readonly version: string;
  readonly upload: string | null;
}

/**
 * Parts of the {@link Catalog}: which are stored, and who needs them. The order that keeps a part from being collected while a push
 * counts on it: `holdPart`, then the blob is written, then `addPart`; and to remove one: `condemnParts`, then the blob is deleted, then
 * `forgetParts`.
 */
export interface PartCatalog {
  /** What a version holds; version may be `latest`. Undefined where it is absent or has no content. */
  content(kind: ItemKind, name: string, version: string): Promise<PublishedContent | undefined>;
  /** Size of a part that is stored and not about to be removed. */
  storedPart(sha256: string): Promise<number | undefined>;
  /** Whether some published version refers to a part: what may be read by its digest. */
  isPublished(sha256: string): Promise<boolean>;

  /**
   * Keeps a part from collection for as long as the push lives, and says whether it is stored already. `size` is what the push's content
   * says of it, undefined where the content is not known yet. Puts the push's end off.
   * @throws BENTO_NOT_FOUND where there is no such push; BENTO_CONFLICT where the push's content has no such part; BENTO_UNAVAILABLE
   *   where the part is just being removed: try again
   */
  holdPart(push: string, sha256: string): Promise<{ readonly stored: boolean; readonly size: number | undefined }>;
  /** Notes that the blob of a part lies where it belongs. Call it after {@link holdPart}. */
  addPart(push: string, sha256: string, size: number): Promise<void>;

  /** Removes pushes whose time is over, and answers them. */
  expirePushes(): Promise<readonly ExpiredPush[]>;
  /** Forgets contents that no version and no push refers to; answers how many. */
  sweepContents(): Promise<number>;
  /**
   * Parts that nobody refers to and that were stored before `before` (ISO 8601), in batches of at most a thousand: from now on nobody can
   * hold them. Also those that were condemned before and have not been forgotten.
   */
  condemnParts(before: string): AsyncIterable<readonly string[]>;
  /** The same for blobs that were found in the store of blobs: answers those that are not known and that no push holds. */
  condemnUnknown(sha256s: readonly string[]): Promise<readonly string[]>;
  /** Their blobs are gone. Only what is condemned is forgotten. */
  forgetParts(sha256s: readonly string[]): Promise<void>;
  /** Bytes of all parts that are stored. */
  storedBytes(): Promise<number>;
}

import type { ContentDocument } from "@bento/registry/wire";
import type { ItemKind, Version, VersionAbout } from "./catalog.js";

/**
 * Whether a push may take the place of what is published under its tag: `never`, `always` (force), or only of what was there when it
 * began (`unchanged`: the plain API, whose server cannot tell).
 */
export type Replaces = "never" | "always" | "unchanged";

export interface PushInput {
  readonly kind: ItemKind;
  readonly name: string;
  readonly version: string;
  readonly replaces: Replaces;
  /** Who pushes, for people: the token's name. */
  readonly by: string;
  /** What is said of the version when the push is published; absent: what the version says already, or {@link Publishing} brings. */
  readonly about?: VersionAbout | undefined;
  /** What is going to be sent, where it is known. */
  readonly content?: ContentDocument | undefined;
  /** Bytes that are going to be sent, where the content is not known: they count against the quotas until they are parts. */
  readonly bytes?: number | undefined;
}

/** A version on its way. Nothing of it can be seen before it is published. */
export interface Push {
  readonly id: string;
  readonly kind: ItemKind;
  readonly name: string;
  readonly version: string;
  readonly replaces: Replaces;
  readonly by: string;
  readonly about: VersionAbout | null;
  readonly contentDigest: string | null;
  /** The content that the version had when the push began. */
  readonly baseDigest: string | null;
  /** What a store of blobs needs to find an upload of its own again, such as S3's upload id. */
  readonly upload: string | null;
  readonly createdAt: string;
  /** ISO 8601. Afterwards the push is gone; whatever is done for it puts that off. */
  readonly expiresAt: string;
}

export interface Publishing {
  /** Takes precedence over what the push and the version say: what the document inside says of itself. */
  readonly about?: Partial<VersionAbout> | undefined;
  readonly archiveSha256?: string | undefined;
}

/** Pushes of the {@link Catalog}: from the first word to the version that can be seen. */
export interface PushCatalog {
  /**
   * Notes a push, and keeps from collection what it refers to.
   * @throws BENTO_MODEL_EXISTS or BENTO_BENTO_EXISTS where the version has content and the push never replaces; BENTO_QUOTA_EXCEEDED
   *   where it would take more room than it may
   */
  beginPush(input: PushInput): Promise<Push>;
  /** A push that has not expired. */
  push(id: string): Promise<Push | undefined>;
  /** What is going to be sent, or came; undefined while only the bytes could tell. */
  pushContent(id: string): Promise<ContentDocument | undefined>;
  /** Parts of its content that are not stored, each once. Empty without content. */
  missingParts(id: string): Promise<readonly string[]>;
  /**
   * Puts its end off.
   * @throws BENTO_NOT_FOUND where there is no such push, as all that follow
   */
  touchPush(id: string): Promise<Push>;
  /** Says what the content is, where only the bytes could tell; counts what it takes like `beginPush`. */
  setPushContent(id: string, content: ContentDocument): Promise<Push>;
  /** Notes what the store of blobs needs for an upload of its own. */
  setPushUpload(id: string, upload: string | null): Promise<Push>;
  /** Counts bytes that are going to be sent against the quotas, besides those that were counted before. */
  reserveBytes(id: string, bytes: number): Promise<void>;
  /**
   * Makes the content of a push what its version holds: in one step, so that readers see the old or the new. The push ends with it.
   * A push of the very content that is published already succeeds, and so does publishing again what this push has published.
   * @throws BENTO_CONFLICT where another push of the tag was faster with other content, or where parts are missing
   */
  publishPush(id: string, publishing?: Publishing): Promise<Version>;
  /** Gives a push up; answers whether it was there. */
  abortPush(id: string): Promise<boolean>;
}

import type { Tag, TagLike } from "@bento/core";
import type { ArchiveFormat } from "../archive/format.js";
import type { LocationOptions } from "../archive/location.js";
import type { ImportLimits } from "../archive/rules/limits.js";
import type { ManifestEntry, SignalOptions } from "../store/model-store.js";

/** What to do when the store has the tag already: fail, keep what is there if its files are the same and fail if they differ, or put this in its place. */
export type OnExisting = "error" | "skip" | "replace";

/** How an archive is read. */
export interface ReadArchiveOptions extends LocationOptions, SignalOptions {
  /** What the archive is; default: what its first bytes, and then its extension, say. */
  readonly format?: ArchiveFormat | undefined;
  /**
   * Somebody who is not trusted named the place: only http(s) and hf URLs are taken, nothing inside this machine's
   * networks is asked, and no credentials are looked for.
   */
  readonly untrusted?: boolean | undefined;
  /** What is accepted at most; what is left out keeps its default. */
  readonly limits?: Partial<ImportLimits> | undefined;
  /** Bytes that decompression may take for blocks in parallel. Default 256 MiB. */
  readonly maxMemory?: number | undefined;
  /** Take in files that disagree with the manifest that came with them, and make it anew. Default: refuse. */
  readonly acceptChanges?: boolean | undefined;
  /** Told, in a sentence, of what is odd about an archive and yet taken in: a tar whose end is not marked. */
  readonly onWarning?: ((warning: string) => void) | undefined;
}

/** What has come in and been checked, before any of it is visible. */
export interface IncomingFiles {
  readonly tag: Tag;
  /** When it was made, as its document says. */
  readonly creationTimeText: string;
  /** Every file but the manifest and the signature, by path: its size and SHA-256. */
  readonly files: ReadonlyMap<string, ManifestEntry>;
  /** The manifest that came along, which the files agree with, or `acceptChanges` was said; `undefined` without one. */
  readonly manifest: Uint8Array | undefined;
  /** The signature that came along; `undefined` without one. */
  readonly signature: Uint8Array | undefined;
  /** Bytes of all of it, manifest and signature included. */
  readonly size: number;
}

/** Options of every import. */
export interface ImportOptions extends ReadArchiveOptions {
  /** Which item it must be: one with another tag is refused as soon as that is known. */
  readonly expected?: TagLike | undefined;
  /** Told of what has come in, once all of it was checked and while none of it is visible: what it throws stops the import. */
  readonly onChecked?: ((incoming: IncomingFiles) => void | Promise<void>) | undefined;
  /** Default `"error"`. */
  readonly existing?: OnExisting | undefined;
}

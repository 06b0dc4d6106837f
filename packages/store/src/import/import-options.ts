import type { ArchiveFormat } from "../archive/format.js";
import type { LocationOptions } from "../archive/location.js";
import type { ImportLimits } from "../archive/rules/limits.js";
import type { SignalOptions } from "../store/model-store.js";

/** What to do when the store has the tag already: fail, keep what is there if its files are the same and fail if they differ, or put this in its place. */
export type OnExisting = "error" | "skip" | "replace";

/** How an archive is read. */
export interface ReadArchiveOptions extends LocationOptions, SignalOptions {
  /** What the archive is; default: what its first bytes, and then its extension, say. */
  readonly format?: ArchiveFormat | undefined;
  /** What is accepted at most; what is left out keeps its default. */
  readonly limits?: Partial<ImportLimits> | undefined;
  /** Bytes that decompression may take for blocks in parallel. Default 256 MiB. */
  readonly maxMemory?: number | undefined;
  /** Take in files that disagree with the manifest that came with them, and make it anew. Default: refuse. */
  readonly acceptChanges?: boolean | undefined;
  /** Told, in a sentence, of what is odd about an archive and yet taken in: a tar whose end is not marked. */
  readonly onWarning?: ((warning: string) => void) | undefined;
}

/** Options of every import. */
export interface ImportOptions extends ReadArchiveOptions {
  /** Default `"error"`. */
  readonly existing?: OnExisting | undefined;
}

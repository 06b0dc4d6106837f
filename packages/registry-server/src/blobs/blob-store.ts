import type { SignalOptions } from "@bento/store";

/** Which bytes of a blob are read. */
export interface BlobRange extends SignalOptions {
  /** The first byte; 0 when absent. */
  readonly start?: number | undefined;
  /** The byte behind the last one; the blob's size when absent. */
  readonly end?: number | undefined;
}

/** A blob that a store has. */
export interface ListedBlob {
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** When it was written. */
  readonly modified: Date;
}

/** A SHA-256 of several blobs one after the other, taken beside everything else. */
export interface JoinedDigest {
  /** The next blob, of so many bytes. */
  add(sha256: string, size: number): void;
  /** Of all of them; where one could not be read, some other digest. */
  result(): Promise<string>;
  /** Nobody wants it any more. */
  drop(): void;
}

/**
 * Bytes under their SHA-256: the parts of files.
 *
 * A blob is whole and verified before {@link BlobStore.has} knows of it, and never changes. Every digest is checked to be
 * one before it becomes part of a path or key.
 */
export interface BlobStore {
  has(sha256: string, options?: SignalOptions): Promise<boolean>;
  /**
   * Takes in a blob; one that is there already is written again. Nothing stays of one that fails.
   * @throws BENTO_INTEGRITY_FAILED when the bytes are others or not `size` many, BENTO_QUOTA_EXCEEDED when the disk is
   *   full, BENTO_STORE_FAILED, BENTO_CANCELLED, and what the source throws
   */
  put(sha256: string, size: number, source: AsyncIterable<Uint8Array>, options?: SignalOptions): Promise<void>;
  /**
   * Its bytes. What fails, fails with the first chunk.
   * @throws BENTO_NOT_FOUND, BENTO_STORE_FAILED, BENTO_CANCELLED
   */
  read(sha256: string, range?: BlobRange): AsyncIterable<Uint8Array>;
  /** Begins a digest over several blobs; not there in a store that has to be asked for their bytes. */
  joined?(): JoinedDigest;
  /** Where a caller without a token can get it by itself for a while; `undefined` for a store that only the server reaches. */
  url(sha256: string): Promise<string | undefined>;
  /** Removes it; one that is not there is no error. */
  delete(sha256: string): Promise<void>;
  /** All of them, in any order. */
  list(options?: SignalOptions): AsyncIterable<ListedBlob>;
  /** Removes what writers of an earlier time left half done, and nothing that one is still writing. */
  sweep(): Promise<void>;
  /** Lets go of connections. */
  close(): Promise<void>;
}

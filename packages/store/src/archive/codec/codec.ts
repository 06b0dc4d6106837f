import type { Compression } from "../compression.js";

/** What compressing needs to know. */
export interface CompressOptions {
  readonly compression: Compression;
  /** Bytes that all blocks in work together may take; a codec lowers its parallelism, never its result, to stay below. */
  readonly maxMemory: number;
  readonly signal: AbortSignal;
}

/** What decompressing needs to know. */
export type DecompressOptions = Pick<CompressOptions, "maxMemory" | "signal">;

/**
 * One compressed form of a stream of bytes.
 *
 * Both directions pull from their input as they are pulled from, keep memory constant and close the input when they
 * end early. A chunk that was yielded is the taker's, and never used again by the giver.
 */
export interface Codec {
  /**
   * The same input and options give the same bytes, on every machine and at every parallelism.
   * @throws what the input throws; BENTO_CANCELLED by the signal
   */
  compress(input: AsyncIterable<Uint8Array>, options: CompressOptions): AsyncIterable<Uint8Array>;
  /**
   * Reads everything the form's own tools read, several streams one after the other too.
   * @throws BENTO_ARCHIVE_INVALID saying what is wrong: cut off, a checksum that does not fit, bytes after the end, not this form
   */
  decompress(input: AsyncIterable<Uint8Array>, options: DecompressOptions): AsyncIterable<Uint8Array>;
}

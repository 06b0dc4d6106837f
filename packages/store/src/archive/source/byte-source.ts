import type { RandomAccess } from "../container/container.js";

/** Bytes that are read once, from their beginning or anywhere. */
export interface ByteSource extends AsyncDisposable {
  readonly kind: "bytes";
  /** For messages: its path in quotes, or what it is. */
  readonly name: string;
  /** Whose extension may say what it is. */
  readonly path: string | undefined;
  /** Bytes in all; `undefined` where only the end tells. */
  readonly size: number | undefined;
  /** The first bytes, up to `count` of them; they are not lost to the reads that follow. @throws BENTO_TRANSFER_FAILED */
  head(count: number): Promise<Uint8Array>;
  /** Everything, from the beginning. To be asked once. @throws BENTO_TRANSFER_FAILED, BENTO_CANCELLED by the signal, also while the source hangs */
  stream(): AsyncIterable<Uint8Array>;
  /** Access from anywhere; a source that can only be read in order is written to a private file first, up to `maxBytes`. */
  random(maxBytes: number): Promise<RandomAccess>;
}

import type { Tree } from "../../tree/tree.js";
import type { CompressOptions } from "../codec/codec.js";

/** What packing a tree needs to know. */
export interface PackOptions extends CompressOptions {
  /** Told of every piece of file content that was taken in: its bytes. */
  readonly onBytes: (count: number) => void;
}

/**
 * Writes a tree as one stream of bytes. The same tree and options give the same bytes; times and owners are fixed.
 * @throws what the tree throws; BENTO_TRANSFER_FAILED when a file's size changed since it was listed
 */
export type Pack = (tree: Tree, options: PackOptions) => AsyncGenerator<Uint8Array, void>;

/** What a member of an archive holds: whole when it is small, else a stream that must be read before the next member is asked for. */
export type ArchiveContent = Uint8Array | AsyncIterable<Uint8Array>;

/** A member of an archive as the archive has it: nothing in it can be trusted. */
export interface ArchiveEntry {
  /** Decoded, otherwise as it stands there: it may be absolute, lead out, be empty or a duplicate. */
  readonly path: string;
  readonly kind: "file" | "folder" | "symlink" | "hardlink" | "special";
  /** Bytes of content; 0 for everything but files. */
  readonly size: number;
  readonly executable: boolean;
  /** Of links, as it stands there: relative to the link's folder for symlinks, to the top for hard links. Else empty. */
  readonly target: string;
  /** Of files; an unread stream is skipped when the next entry is asked for. Else empty. */
  readonly content: ArchiveContent;
}

/** Bytes that can be read anywhere: what a zip is read from. */
export interface RandomAccess {
  readonly size: number;
  /** The bytes from `start` up to `end`, fewer at the end of the data. */
  read(start: number, end: number): Promise<Uint8Array>;
  /** The same as a stream. */
  stream(start: number, end: number): AsyncIterable<Uint8Array>;
}

import type { SignalOptions } from "@bento/store";

/** A part of a tar that was sent. */
export interface SentPart {
  /** From 1. */
  readonly number: number;
  /** As the header said, with its quotes. */
  readonly etag: string;
  readonly size: number;
}

/**
 * Tars of the plain API on their way, in one piece or in parts, that do not come through `PUT .../upload`: clients send
 * them to a URL that carries its own permission. When all is there, it is read once, taken in, and removed.
 *
 * An upload is named by a text that the store makes up and that the catalog keeps with the push.
 */
export interface UploadStore {
  /** Begins an upload in one piece, or in parts. @throws BENTO_STORE_FAILED, BENTO_UNAVAILABLE */
  begin(form: "whole" | "parts"): Promise<string>;
  /** Where a client sends it, or a part of it; `undefined` for a store that is reached through the registry alone. */
  url(upload: string, part: number): Promise<string | undefined>;
  /**
   * Takes what a client sent to the registry's own URL; not there for a store that clients reach by themselves.
   * @returns the ETag of it
   * @throws BENTO_QUOTA_EXCEEDED when the disk is full, BENTO_CANCELLED, and what the source throws
   */
  put?(upload: string, part: number, source: AsyncIterable<Uint8Array>, options?: SignalOptions): Promise<string>;
  /** What has been sent, by number. */
  parts(upload: string): Promise<readonly SentPart[]>;
  /** Puts the parts together; those are all. Not to be asked for an upload in one piece. */
  complete(upload: string, parts: readonly SentPart[]): Promise<void>;
  /** The whole tar. What fails, fails with the first chunk. @throws BENTO_NOT_FOUND when nothing was sent */
  read(upload: string, options?: SignalOptions): AsyncIterable<Uint8Array>;
  /** Removes all of it, finished or not; one that is not there is no error. */
  remove(upload: string): Promise<void>;
  /** Removes uploads of which nothing has come since a time at which their pushes were still expected to go on. */
  sweep(before: Date): Promise<void>;
}

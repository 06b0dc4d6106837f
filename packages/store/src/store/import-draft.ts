import type { Tag } from "@bento/core";
import type { SignalOptions } from "./model-store.js";

/** What to do when the store has the tag already. */
export type ExistingPolicy = "error" | "replace";

/**
 * An item on its way in that already is one elsewhere: its `model.yaml` or `bento.yaml` comes along, so its tag may be
 * known only at the end. Invisible to everybody until `commit`; leaving an `await using` block without it discards
 * everything. It trusts its caller with names and content: the rules of archives are not checked here.
 */
export interface ImportDraft<Info, Stored> extends AsyncDisposable {
  /**
   * Writes a new file, making its folders; several may be written at once. A write that failed makes `commit` fail too.
   * @throws BENTO_MODEL_INVALID when something of that path is there already, in this spelling or in one that the disk takes for the same
   */
  write(
    path: string,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    options: SignalOptions & { readonly executable: boolean },
  ): Promise<void>;
  /**
   * Takes a file that lies on this machine. On the file system of the store no byte is copied: the file gets another name
   * there. It must not be written to afterwards; under its old name, which it may keep, it is the caller's to remove.
   * @param file absolute
   * @throws as {@link ImportDraft.write}
   */
  adopt(path: string, file: string, options: SignalOptions & { readonly executable: boolean }): Promise<void>;
  /** Makes a folder and those above it; one that is there already is fine. */
  mkdir(path: string): Promise<void>;
  /** Reads back a file that was written. */
  read(path: string): AsyncIterable<Uint8Array>;
  /**
   * Makes the item visible, durable and immutable, in one step. Its creation time is kept, so an older version does
   * not become the latest one. `"replace"` takes the place of what has the tag, as a whole; objects that were got
   * before keep their info and read what is there now.
   * @param item its tag, and what its document says
   * @throws BENTO_TAG_INVALID for the version `latest`; BENTO_MODEL_EXISTS (BENTO_BENTO_EXISTS) when the tag is taken and `existing` is not `"replace"`
   */
  commit(
    item: { readonly tag: Tag & { readonly version: string }; readonly info: Info },
    options: { readonly existing: ExistingPolicy },
  ): Promise<Stored>;
  /** Removes everything; does nothing after commit. */
  discard(): Promise<void>;
}

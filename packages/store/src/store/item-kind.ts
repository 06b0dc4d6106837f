import type { BentoErrorCode, Tag } from "@bento/core";

/** What every document of a stored item says, whatever else it says. */
export interface ItemInfo {
  readonly tag: Tag;
  readonly labels: Readonly<Record<string, string>>;
  /** In whole milliseconds. */
  readonly creationTime: Date;
  /** The same time as the document holds it, with microseconds. */
  readonly creationTimeText: string;
}

/** What tells the items of one store from those of another: the rest of a store is the same for all. */
export interface ItemKind<Info extends ItemInfo = ItemInfo> {
  /** For messages, and the name of the staged folder. */
  readonly noun: "model" | "bento";
  /** Name of the folder below the home. */
  readonly folder: string;
  /** Name of the file that says what an item is. */
  readonly document: string;
  /** First part of the names of workspaces, so that no store takes those of another for its own. */
  readonly label: string;
  /** The command that lists the items. */
  readonly listCommand: string;
  readonly codes: {
    readonly notFound: BentoErrorCode;
    readonly exists: BentoErrorCode;
    readonly invalid: BentoErrorCode;
    readonly ambiguous: BentoErrorCode;
  };
  /** Reads the document. @throws the code `invalid`, naming `where` and the reason */
  readonly parse: (bytes: Uint8Array, where: string) => Info;
}

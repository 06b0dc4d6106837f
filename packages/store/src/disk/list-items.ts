import { BentoError, isTagPart, Tag } from "@bento/core";
import { readdirSync, type Dirent } from "node:fs";
import { join } from "node:path";
import { isVersion, latestName, nameFolder, type StoreLayout } from "./layout.js";
import type { SkippedEntry } from "../store/model-store.js";
import { entriesOf, isFolder, isFolderAt } from "./name-folder.js";
import { isErrno, storeFailure } from "./store-failure.js";
import type { VersionedTag } from "../store/stored-item.js";
import { nameNotFound } from "../store/version-choice.js";

/** A folder that is an item as far as names and kinds tell; whether it has a document is the caller's to see. */
export interface ItemEntry {
  readonly tag: VersionedTag;
  readonly folder: string;
}

/** Which part of a store to list, and whom to tell of what is in the way. */
export interface EntriesOptions {
  readonly name?: string | undefined;
  readonly onSkipped?: ((skipped: SkippedEntry) => void) | undefined;
}

/**
 * The folders of a store that can be items, by name, then version. Looks at names and kinds alone.
 *
 * Differs from Python, whose listing fails as a whole at the first folder that does not belong there: such entries are
 * passed over and told to `onSkipped`. An item's tag is where it lies, not what its document calls it.
 * @throws the kind's code for a name that is not there, BENTO_TAG_INVALID, BENTO_STORE_FAILED
 */
export function* listEntries(layout: StoreLayout, { name, onSkipped = () => {} }: EntriesOptions): Generator<ItemEntry, void> {
  if (name === undefined || name === "") {
    for (const entry of sorted(topEntries(layout))) yield* listTopEntry(layout, entry, onSkipped);
    return;
  }
  const tag = Tag.parse(name);
  const folder = nameFolder(layout, tag.name);
  if (tag.version !== undefined) {
    if (isVersion(tag.version) && isFolderAt(join(folder, tag.version)))
      yield { tag: tag as VersionedTag, folder: join(folder, tag.version) };
    return;
  }
  if (!isFolderAt(folder)) throw nameNotFound(layout.kind, tag, namesOf(layout), layout.home);
  yield* listVersions(layout, tag.name, folder, onSkipped);
}

/** The names that a store has. @throws BENTO_STORE_FAILED */
export function namesOf(layout: StoreLayout): readonly string[] {
  return topEntries(layout)
    .filter((entry) => isTagPart(entry.name) && isFolder(entry, layout.items))
    .map((entry) => entry.name);
}

function* listTopEntry(layout: StoreLayout, entry: Dirent, onSkipped: (skipped: SkippedEntry) => void): Generator<ItemEntry, void> {
  const path = join(layout.items, entry.name);
  const reason = isFolder(entry, layout.items) ? problemOfName(layout, entry.name, "name") : problemOfKind(entry);
  if (reason !== undefined) return onSkipped({ path, reason });
  let count = 0;
  for (const found of listVersions(layout, entry.name, path, (skipped) => ((count += 1), onSkipped(skipped)))) {
    count += 1;
    yield found;
  }
  if (count === 0) onSkipped({ path, reason: "It holds no version." });
}

function* listVersions(
  layout: StoreLayout,
  name: string,
  folder: string,
  onSkipped: (skipped: SkippedEntry) => void,
): Generator<ItemEntry, void> {
  for (const entry of sorted(entriesOf(folder))) {
    const path = join(folder, entry.name);
    const reason = problemOfVersion(layout, entry, folder);
    if (reason !== undefined) onSkipped({ path, reason });
    else if (entry.name === latestName) continue;
    else yield { tag: new Tag(name, entry.name) as VersionedTag, folder: path };
  }
}

function problemOfVersion(layout: StoreLayout, entry: Dirent, folder: string): string | undefined {
  if (isFolder(entry, folder)) {
    return entry.name === latestName
      ? "It is a folder where the file with the newest version belongs."
      : problemOfName(layout, entry.name, "version");
  }
  return entry.name === latestName ? undefined : problemOfKind(entry);
}

function problemOfKind(entry: Dirent): string {
  if (entry.isSymbolicLink()) return "It is a link that leads to no folder.";
  return entry.isFile() ? "It is a file, not a folder." : "It is neither a file nor a folder.";
}

function problemOfName({ kind }: StoreLayout, text: string, what: "name" | "version"): string | undefined {
  if (isTagPart(text)) return undefined;
  return isTagPart(text.toLowerCase())
    ? `Its name has upper case, which no ${what} has.`
    : `Its name cannot be the ${what} of a ${kind.noun}.`;
}

function topEntries(layout: StoreLayout): Dirent[] {
  try {
    return readdirSync(layout.items, { withFileTypes: true });
  } catch (error) {
    // A home that nobody has used yet is an empty one.
    if (isErrno(error, "ENOENT")) return [];
    throw storeFailure(error, "read", layout.items);
  }
}

function sorted(entries: Dirent[]): Dirent[] {
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Why an entry could not be read, for a report of skipped entries. */
export function reasonOf(error: unknown): string {
  return BentoError.from(error).message;
}

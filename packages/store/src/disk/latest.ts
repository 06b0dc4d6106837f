import { fsyncSync, closeSync, openSync, renameSync, rmdirSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { isVersion, latestName, nameFolder, type StoreLayout } from "./layout.js";
import { compareCreation } from "../model/model-info.js";
import type { ItemKind } from "../store/item-kind.js";
import { isFolderAt, newestOf, readInfoIfValid, versionsIn } from "./name-folder.js";
import { readSmallFile } from "./read-small-file.js";
import { isErrno, storeFailure } from "./store-failure.js";
import type { Workspace } from "./workspace.js";

const maxLatestBytes = 1024;

/**
 * The version that the `latest` file of a name holds, if it is one that is there.
 *
 * Space around it is dropped, as Python does. Differs from Python: everything else that is not exactly a version of
 * this name (empty, a path, `latest`, upper case, not UTF-8) counts as no file at all.
 */
function readLatest(folder: string): string | undefined {
  let bytes;
  try {
    bytes = readSmallFile(join(folder, latestName), maxLatestBytes);
  } catch (error) {
    if (isErrno(error, "EACCES", "EIO")) throw storeFailure(error, "read", join(folder, latestName));
    return undefined;
  }
  const text = bytes.toString("utf8");
  // trim() drops a byte order mark too, which Python does not.
  const version = text.includes("\ufeff") ? text : text.trim();
  return isVersion(version) && isFolderAt(join(folder, version)) ? version : undefined;
}

/** The newest version of a name: what `latest` holds, else the newest by creation time. */
export function findLatest(kind: ItemKind, folder: string): { readonly version: string | undefined; readonly mustHeal: boolean } {
  const held = readLatest(folder);
  if (held !== undefined) return { version: held, mustHeal: false };
  const version = newestOf(kind, folder, versionsIn(folder));
  return { version, mustHeal: version !== undefined };
}

/** How {@link advanceLatest} and {@link retreatLatest} learn who else is at work on a name right now. */
export interface Rivals {
  /** Whether another workspace for this name exists. */
  (name: string): boolean;
}

/**
 * Makes `latest` name a version that has just become visible, unless it names a newer one.
 *
 * There is no lock, so the last step looks whether anybody else was at work meanwhile (their workspace is there, or a
 * version appeared that was not there before), and if so decides again by looking at every version. Whoever writes
 * last therefore has seen everything that was visible, and whoever becomes visible later looks for itself.
 * @throws the operating system's error
 */
export function advanceLatest(layout: StoreLayout, workspace: Workspace, name: string, version: string, hasRivals: Rivals): void {
  const folder = nameFolder(layout, name);
  let mine = version;
  for (;;) {
    const before = new Set(versionsIn(folder));
    const disturbed = hasRivals(name);
    const held = readLatest(folder);
    if (held !== mine) {
      if (held !== undefined && isNewer(layout.kind, folder, held, mine)) return;
      writeLatest(workspace, folder, mine);
    }
    const after = versionsIn(folder);
    if (!after.includes(mine)) return retreatLatest(layout, workspace, name);
    if (!disturbed && after.every((other) => before.has(other))) return;
    const newest = newestOf(layout.kind, folder, after);
    if (newest === undefined || newest === mine || !isNewer(layout.kind, folder, newest, mine)) return;
    mine = newest;
  }
}

/**
 * Makes `latest` name the newest version that is left after a deletion. With no version left the file and the folder
 * of the name go too, as far as they hold nothing else.
 * @throws the operating system's error
 */
export function retreatLatest(layout: StoreLayout, workspace: Workspace, name: string): void {
  const folder = nameFolder(layout, name);
  if (readLatest(folder) !== undefined) return;
  for (;;) {
    const versions = versionsIn(folder);
    const newest = newestOf(layout.kind, folder, versions);
    if (newest === undefined) {
      if (versions.length > 0 || removeNameFolder(folder)) return;
    } else {
      writeLatest(workspace, folder, newest);
      if (newestOf(layout.kind, folder, versionsIn(folder)) === newest) return;
    }
  }
}

/**
 * Makes `latest` name the newest version after one was replaced: its creation time may have moved either way, and while
 * it was away others may have written what was newest then. Of equal times the one that is named stays.
 * @throws the operating system's error
 */
export function recomputeLatest(layout: StoreLayout, workspace: Workspace, name: string): void {
  const folder = nameFolder(layout, name);
  for (;;) {
    const held = readLatest(folder);
    const versions = versionsIn(folder);
    const newest = newestOf(layout.kind, folder, held === undefined ? versions : [held, ...versions]);
    if (newest === undefined) return retreatLatest(layout, workspace, name);
    if (newest === held) return;
    writeLatest(workspace, folder, newest);
  }
}

/** Writes `latest` beside and renames it over the old one. A folder in its place is left alone: then it cannot be written. */
export function writeLatest(workspace: Workspace, folder: string, version: string): void {
  const draft = workspace.at(latestName);
  const file = openSync(draft, "w", 0o644);
  try {
    writeSync(file, version);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    renameSync(draft, join(folder, latestName));
  } catch (error) {
    // ENOENT: the name was deleted meanwhile. The others: a folder called `latest`, which only get() can work around.
    unlinkSync(draft);
    if (!isErrno(error, "ENOENT", "EISDIR", "ENOTEMPTY", "EEXIST")) throw error;
  }
}

function isNewer(kind: ItemKind, folder: string, version: string, than: string): boolean {
  const a = readInfoIfValid(kind, join(folder, version));
  const b = readInfoIfValid(kind, join(folder, than));
  return a !== undefined && b !== undefined && compareCreation(a, b) > 0;
}

/**
 * Removes a name that has no version: `latest` and the folder itself, never anything else.
 * @returns false when a version appeared meanwhile, whose `latest` may just have been removed
 */
function removeNameFolder(folder: string): boolean {
  try {
    unlinkSync(join(folder, latestName));
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ENOTDIR", "EISDIR", "EPERM")) throw error;
  }
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ENOTDIR", "ENOTEMPTY", "EEXIST")) throw error;
    return versionsIn(folder).length === 0;
  }
}

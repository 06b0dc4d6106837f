import { lstatSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { VersionedTag } from "../store/stored-item.js";
import { itemFolder, type StoreLayout } from "./layout.js";
import { makeFolders } from "./make-folders.js";
import { isErrno } from "./store-failure.js";
import type { Workspace } from "./workspace.js";

/*
 * A version is replaced by two renames: the old one into the workspace, the new one into its place. While both are in
 * the workspace the store holds neither, which nobody but the owner can end while it lives, and everybody when it died.
 */

/** Name of the folder, in a workspace, of a version that is being replaced. */
const replacedName = "replaced";

/** Moves an old version out and the new one in. @throws the operating system's error; then the old version is back if its place is free */
export function swapIn(workspace: Workspace, staged: string, target: string): void {
  const replaced = workspace.at(replacedName);
  rmSync(replaced, { recursive: true, force: true });
  renameSync(target, replaced);
  try {
    renameSync(staged, target);
  } catch (error) {
    putBack(replaced, target);
    throw error;
  }
}

/** What a workspace tells of a replacement: nothing, that neither version is in place, or that the new one was put there. */
export function swapState(layout: StoreLayout, workspace: string): "none" | "between" | "done" {
  if (!isThere(join(workspace, replacedName))) return "none";
  return isThere(stagedIn(layout, workspace)) ? "between" : "done";
}

/** Puts the old version back where somebody died between the two renames. @returns whether the workspace may be removed now */
export function undoSwap(layout: StoreLayout, workspace: string, tag: VersionedTag): boolean {
  if (swapState(layout, workspace) !== "between") return true;
  const target = itemFolder(layout, tag);
  putBack(join(workspace, replacedName), target);
  return isThere(target);
}

/** Where the item is in its workspace. */
export function stagedIn(layout: StoreLayout, workspace: string): string {
  return join(workspace, layout.kind.noun);
}

function putBack(replaced: string, target: string): void {
  try {
    makeFolders(dirname(target), 0o755);
    if (!isThere(target)) renameSync(replaced, target);
  } catch (error) {
    // Somebody else put it back, or something new stands there; or the disk refuses, and it stays where it is.
    if (!isErrno(error)) throw error;
  }
}

/** Whether there is anything under a path, a link that leads nowhere too. */
export function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

import { renameSync, rmdirSync } from "node:fs";
import type { ExistingPolicy } from "../store/import-draft.js";
import type { VersionedTag } from "../store/stored-item.js";
import { itemExists } from "../store/version-choice.js";
import { syncFolder } from "./durability.js";
import { advanceLatest, recomputeLatest } from "./latest.js";
import { itemFolder, nameFolder, type StoreLayout } from "./layout.js";
import { hasRival } from "./leftovers.js";
import { makeFolders } from "./make-folders.js";
import { isErrno, onDisk, storeFailure } from "./store-failure.js";
import { isThere, stagedIn, swapIn } from "./swap.js";
import type { Workspace } from "./workspace.js";

/** Each try follows a deletion of the name's folder by somebody else, so this many in a row do not happen by chance. */
const maxTries = 1000;

/** What becomes visible, and how. */
export interface Publication {
  readonly layout: StoreLayout;
  readonly tag: VersionedTag;
  /** Labelled with the tag; the item is staged in it, and on the disk already. It is gone afterwards. */
  readonly workspace: Workspace;
  readonly existing: ExistingPolicy;
  /** Called right before the item becomes visible; when it throws, it does not. */
  readonly beforeVisible: () => void;
}

/**
 * Makes a staged item visible and `latest` right, durably.
 * @returns the item's folder
 * @throws the kind's code for a tag that is taken, BENTO_STORE_FAILED, and what `beforeVisible` throws
 */
export async function publish(publication: Publication): Promise<string> {
  const { layout, tag, workspace } = publication;
  const parent = nameFolder(layout, tag.name);
  const wasReplaced = makeVisible(publication);
  // The workspace stays until `latest` is right: should this process die here, the next one finishes.
  await onDisk("save", parent, () => Promise.all([syncFolder(parent), syncFolder(layout.items)]));
  try {
    if (wasReplaced) recomputeLatest(layout, workspace, tag.name);
    else advanceLatest(layout, workspace, tag.name, tag.version, (name) => hasRival(layout, workspace, name));
    await syncFolder(parent);
    await workspace[Symbol.asyncDispose]();
  } catch {
    // The item is saved, and must not be reported as failed; `latest` is finished by whoever finds the workspace.
    workspace.abandon();
  }
  return itemFolder(layout, tag);
}

/**
 * The step that makes the item visible. It does not wait, so no work of this process can come between the check for
 * an earlier item and the rename; between processes the rename itself decides, because the folder is never empty.
 * @returns whether it took the place of another
 */
function makeVisible({ layout, tag, workspace, existing, beforeVisible }: Publication): boolean {
  const target = itemFolder(layout, tag);
  const parent = nameFolder(layout, tag.name);
  const staged = stagedIn(layout, workspace.path);
  for (let tries = 1; ; tries += 1) {
    try {
      beforeVisible();
      makeFolders(parent, 0o755);
      const isTaken = isThere(target);
      if (isTaken && existing === "error") throw itemExists(layout.kind, tag);
      if (isTaken) swapIn(workspace, staged, target);
      else renameSync(staged, target);
      return isTaken;
    } catch (error) {
      // Another process deleted the last version of this name, and its folder with it; or it saved the same tag right now.
      const isOther = isErrno(error, "ENOENT") || (existing === "replace" && isErrno(error, "ENOTEMPTY", "EEXIST") && isThere(target));
      if (isOther && tries < maxTries) continue;
      removeIfEmpty(parent);
      // Windows says EPERM, and ENOTDIR means that a file stands there.
      const isInTheWay = isErrno(error, "ENOTEMPTY", "EEXIST", "ENOTDIR", "EPERM", "EACCES") && isThere(target);
      if (isInTheWay && existing === "error") throw itemExists(layout.kind, tag);
      throw storeFailure(error, "save", target);
    }
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It holds versions, or was never made.
  }
}

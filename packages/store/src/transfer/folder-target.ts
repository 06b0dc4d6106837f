import { BentoError } from "@bento/core";
import { lstat, mkdir, rename, rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "../disk/durability.js";
import { makeFolders } from "../disk/make-folders.js";
import { isErrno } from "../disk/store-failure.js";
import { checkSignal } from "../store/cancellation.js";
import type { TargetOptions } from "./file-target.js";
import { StagedTarget, removeStalePartials } from "./staged-target.js";
import { transferring } from "./transfer-failure.js";

/**
 * Makes a folder, which appears whole or not at all: `write` fills one beside it that is renamed in the end. Folders
 * above it are made.
 * @param target absolute
 * @param write fills the folder whose path it is given, and has it on the disk when it returns
 * @throws BENTO_TARGET_EXISTS when anything is there; BENTO_TRANSFER_FAILED when the disk refuses; BENTO_CANCELLED; what `write` throws
 */
export async function writeFolderTarget(
  target: string,
  write: (folder: string) => Promise<void>,
  { signal, onFinish }: TargetOptions,
): Promise<void> {
  await checkFree(target);
  const above = dirname(target);
  const made = await transferring("make the folder", above, async () => makeFolders(above));
  try {
    await removeStalePartials(above);
    await using partial = new StagedTarget(target);
    await transferring("make the folder", target, () => mkdir(partial.path));
    await write(partial.path);
    onFinish();
    checkSignal(signal, `Writing ${JSON.stringify(target)}`);
    // A rename would silently replace an empty folder.
    await checkFree(target);
    await transferring("write", target, () => rename(partial.path, target)).catch((error: unknown) => {
      throw BentoError.is(error) && isErrno(error.cause, "ENOTEMPTY", "EEXIST", "ENOTDIR") ? targetExists(target) : error;
    });
    await transferring("write", target, () => syncFolder(above));
  } catch (error) {
    if (made !== undefined) await removeEmpty(above, made);
    throw error;
  }
}

async function checkFree(target: string): Promise<void> {
  try {
    await lstat(target);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return;
    return transferring("write", target, () => Promise.reject(error as Error));
  }
  throw targetExists(target);
}

function targetExists(target: string): BentoError {
  return new BentoError("BENTO_TARGET_EXISTS", `${JSON.stringify(target)} is there already, and a folder never replaces anything.`, {
    hint: "Remove it, or name another path.",
  });
}

/** Removes the folders from `folder` up to `top` that hold nothing. */
export async function removeEmpty(folder: string, top: string): Promise<void> {
  for (let path = folder; path.length >= top.length; path = dirname(path)) {
    try {
      await rmdir(path);
    } catch {
      return;
    }
  }
}

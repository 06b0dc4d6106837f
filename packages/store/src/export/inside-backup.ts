import { BentoError } from "@bento/core";
import type { Stats } from "node:fs";
import { lstat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isErrno } from "../disk/store-failure.js";
import { transferFailure } from "../transfer/transfer-failure.js";

/**
 * Looks at the place of an archive in a backup. A backup stays in its own folder, which somebody else may have laid out:
 * it neither writes through links below it, nor takes what they lead to for its own.
 * @param file path below the folder, of an archive in a folder of its own
 * @returns bytes of the archive that is there; `undefined` for none
 * @throws BENTO_TARGET_EXISTS naming a link, BENTO_TRANSFER_FAILED
 */
export async function sizeInside(folder: string, file: string): Promise<number | undefined> {
  const path = join(folder, file);
  await lookAt(dirname(path));
  const state = await lookAt(path);
  return state?.isFile() ? state.size : undefined;
}

async function lookAt(path: string): Promise<Stats | undefined> {
  let state;
  try {
    state = await lstat(path);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw transferFailure(error, "write", path);
  }
  if (!state.isSymbolicLink()) return state;
  throw new BentoError("BENTO_TARGET_EXISTS", `${JSON.stringify(path)} is a link, and a backup stays in its own folder.`, {
    hint: "Remove the link, or back up into another folder; the backup's folder itself may be one.",
  });
}

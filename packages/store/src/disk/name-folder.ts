import { BentoError } from "@bento/core";
import { readdirSync, statSync, type Dirent } from "node:fs";
import { join } from "node:path";
import { isVersion } from "./layout.js";
import { compareCreation } from "../model/model-info.js";
import type { ItemInfo, ItemKind } from "../store/item-kind.js";
import { readSmallFile } from "./read-small-file.js";
import { isErrno, storeFailure } from "./store-failure.js";

/** Far beyond every real document; keeps a wrong file from filling the memory. */
const maxDocumentBytes = 64 * 1024 * 1024;

/** The versions in the folder of a name, sorted; none when there is no such folder. Looks at names and kinds alone. */
export function versionsIn(folder: string): string[] {
  return entriesOf(folder)
    .filter((entry) => isVersion(entry.name) && isFolder(entry, folder))
    .map((entry) => entry.name)
    .toSorted();
}

/** The entries of a folder; none when it is missing or no folder. @throws BENTO_STORE_FAILED when it cannot be read */
export function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "ELOOP")) return [];
    throw storeFailure(error, "read", folder);
  }
}

/** Whether an entry is a folder or a link to one. */
export function isFolder(entry: Dirent, parent: string): boolean {
  return entry.isDirectory() || (entry.isSymbolicLink() && isFolderAt(join(parent, entry.name)));
}

/** Whether a path leads to a folder. */
export function isFolderAt(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false;
  }
}

/**
 * What the document of an item's folder says.
 * @throws the kind's code for what is invalid when there is none or it cannot be an item's, BENTO_STORE_FAILED when the disk refuses
 */
export function readInfo<Info extends ItemInfo>(kind: ItemKind<Info>, folder: string): Info {
  const path = join(folder, kind.document);
  let bytes;
  try {
    bytes = readSmallFile(path, maxDocumentBytes);
  } catch (error) {
    throw isErrno(error, "ENOENT", "ENOTDIR", "EISDIR", "EINVAL", "EFBIG", "ELOOP")
      ? notAnItem(kind, folder, error)
      : storeFailure(error, "read", path);
  }
  return kind.parse(bytes, path);
}

/** Whether a folder has its document, readable or not. */
export function hasDocument(kind: ItemKind, folder: string): boolean {
  try {
    return statSync(join(folder, kind.document), { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/** The error for a folder where an item belongs that has no readable document. */
export function notAnItem({ noun, document, codes }: ItemKind, folder: string, cause?: NodeJS.ErrnoException): BentoError {
  const isMissing = cause === undefined || cause.code === "ENOENT" || cause.code === "ENOTDIR";
  const what = isMissing ? `holds no ${document}` : `has a ${document} that is not a readable file`;
  return new BentoError(codes.invalid, `${JSON.stringify(folder)} ${what}, so it is not a ${noun}.`, {
    hint: "It may be a save by another program that was interrupted; delete the folder if nothing is writing it.",
    cause,
  });
}

/** The version with the newest creation time among those that can be read; of equal times the first. */
export function newestOf(kind: ItemKind, folder: string, versions: readonly string[]): string | undefined {
  let newest: { readonly version: string; readonly info: ItemInfo } | undefined;
  for (const version of versions) {
    const info = readInfoIfValid(kind, join(folder, version));
    if (info !== undefined && (newest === undefined || compareCreation(info, newest.info) > 0)) newest = { version, info };
  }
  return newest?.version;
}

/** {@link readInfo}, or `undefined` for a folder that is not a readable item. */
export function readInfoIfValid<Info extends ItemInfo>(kind: ItemKind<Info>, folder: string): Info | undefined {
  try {
    return readInfo(kind, folder);
  } catch (error) {
    if (BentoError.is(error)) return undefined;
    throw error;
  }
}

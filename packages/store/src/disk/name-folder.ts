import { BentoError } from "@bento/core";
import { readdirSync, statSync, type Dirent } from "node:fs";
import { join } from "node:path";
import { isVersion, modelYamlName } from "./layout.js";
import { compareCreation, type ModelInfo } from "../model/model-info.js";
import { parseModelYaml } from "../model/model-yaml.js";
import { readSmallFile } from "./read-small-file.js";
import { isErrno, storeFailure } from "./store-failure.js";

/** Far beyond every real `model.yaml`; keeps a wrong file from filling the memory. */
const maxModelYamlBytes = 64 * 1024 * 1024;

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
 * What the `model.yaml` of a model's folder says.
 * @throws BENTO_MODEL_INVALID when there is none or it cannot be a model's, BENTO_STORE_FAILED when the disk refuses
 */
export function readInfo(folder: string): ModelInfo {
  const path = join(folder, modelYamlName);
  let bytes;
  try {
    bytes = readSmallFile(path, maxModelYamlBytes);
  } catch (error) {
    throw isErrno(error, "ENOENT", "ENOTDIR", "EISDIR", "EINVAL", "EFBIG", "ELOOP")
      ? notAModel(folder, error)
      : storeFailure(error, "read", path);
  }
  return parseModelYaml(bytes, path);
}

/** Whether a folder has a `model.yaml`, readable or not. */
export function hasModelYaml(folder: string): boolean {
  try {
    return statSync(join(folder, modelYamlName), { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/** The error for a folder where a model belongs that has no readable `model.yaml`. */
export function notAModel(folder: string, cause?: NodeJS.ErrnoException): BentoError {
  const isMissing = cause === undefined || cause.code === "ENOENT" || cause.code === "ENOTDIR";
  const what = isMissing ? "holds no model.yaml" : "has a model.yaml that is not a readable file";
  return new BentoError("BENTO_MODEL_INVALID", `${JSON.stringify(folder)} ${what}, so it is not a model.`, {
    hint: "It may be a save by another program that was interrupted; delete the folder if nothing is writing it.",
    cause,
  });
}

/** The version with the newest creation time among those that can be read; of equal times the first. */
export function newestOf(folder: string, versions: readonly string[]): string | undefined {
  let newest: { readonly version: string; readonly info: ModelInfo } | undefined;
  for (const version of versions) {
    const info = readInfoIfValid(join(folder, version));
    if (info !== undefined && (newest === undefined || compareCreation(info, newest.info) > 0)) newest = { version, info };
  }
  return newest?.version;
}

/** {@link readInfo}, or `undefined` for a folder that is not a readable model. */
export function readInfoIfValid(folder: string): ModelInfo | undefined {
  try {
    return readInfo(folder);
  } catch (error) {
    if (BentoError.is(error)) return undefined;
    throw error;
  }
}

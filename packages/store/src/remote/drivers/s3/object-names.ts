import type { BentoError } from "@bento/core";
import { isPlainKey } from "../shared/object-key.js";

/** The key of a folder: what everything below it begins with. Empty for the root. */
export function folderKey(path: string): string {
  const key = withoutSlash(path);
  return key === "" ? "" : `${key}/`;
}

/** A path as it stands in an entry. */
export function withoutSlash(path: string): string {
  return path.replace(/\/+$/, "");
}

/**
 * What a key of a listing names below a folder that was asked for: any text can be a key.
 * @throws what `fail` gives for one that leads out of the folder, or that can be no path
 */
export function checkedKey(key: string, prefix: string, fail: (reason: string) => BentoError): string {
  const below = key.slice(prefix.length).replace(/\/$/, "");
  if (key.startsWith(prefix) && isPlainKey(below)) return prefix + below;
  throw fail(`the server lists the key ${JSON.stringify(key)}, which cannot be a file of it`);
}

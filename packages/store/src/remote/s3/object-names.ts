import { BentoError } from "@bento/core";

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
 * @throws BENTO_TRANSFER_FAILED by `fail` for one that leads out of the folder, or that no file can have
 */
export function checkedKey(key: string, prefix: string, fail: (reason: string) => BentoError): string {
  const below = key.slice(prefix.length).replace(/\/$/, "");
  // oxlint-disable-next-line no-control-regex -- names of files with these are of no use to anybody but an attacker
  const isOdd = /[\0-\x1f\x7f\\]/.test(below) || below.split("/").some((part) => part === "" || part === "." || part === "..");
  if (key.startsWith(prefix) && !isOdd) return prefix + below;
  throw fail(`the server lists the key ${JSON.stringify(key)}, which can be no file's below it`);
}

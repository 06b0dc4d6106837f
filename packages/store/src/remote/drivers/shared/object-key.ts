import { BentoError } from "@bento/core";

/**
 * Whether a key of an object store can be a path: it leads nowhere else than it seems to, in a URL and on a disk of any
 * system.
 */
export function isPlainKey(key: string): boolean {
  const parts = key.split("/");
  if (parts.some((part) => part === "" || part === "." || part === "..")) return false;
  return !key.includes("\0") && !key.split("\\").includes("..") && !/[/\\]\.\.[/\\]/.test(key);
}

/** The key of a path. @throws BENTO_BAD_REQUEST for what would be taken for another one */
export function keyOf(path: string, place: string): string {
  if (isPlainKey(path)) return path;
  throw new BentoError("BENTO_BAD_REQUEST", `${JSON.stringify(place)} cannot be the name of an object.`, {
    hint: 'Leave out empty parts, "." and "..".',
  });
}

import { randomBytes } from "node:crypto";
import type { RemoteEntry } from "../../remote.js";
import type { Attributes } from "./packets.js";

/** Characters of a file's name that the name of what is written for it repeats: both must fit into 255 bytes. */
const shownCharacters = 50;
const modeMask = 0o170_000;
const modes: Readonly<Record<number, "file" | "folder" | "link">> = { 0o100_000: "file", 0o040_000: "folder", 0o120_000: "link" };

/** A path as the server wants it: from its root, or from the user's home where it begins with `~`. */
export function serverPath(path: string): string {
  if (path === "~" || path === "~/") return ".";
  return path.startsWith("~/") ? `./${path.slice(2)}` : `/${path}`;
}

/** The folders above a server's path, the nearest first, without the root. */
export function foldersAbove(path: string): readonly string[] {
  const folders: string[] = [];
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
    const folder = path.slice(0, end);
    if (folder !== ".") folders.push(folder);
  }
  return folders;
}

/** Where a file is written before it is renamed: beside it, hidden, with a name that nobody else has. */
export function partialPath(path: string): string {
  const slash = path.lastIndexOf("/") + 1;
  const shown = Array.from(path.slice(slash)).slice(0, shownCharacters).join("");
  return `${path.slice(0, slash)}.${shown}.${randomBytes(4).toString("hex")}.partial`;
}

/** What something is. What the server does not tell the kind of is a file. */
export function kindOf({ mode }: Attributes): "file" | "folder" | "link" | "other" {
  return mode === undefined || (mode & modeMask) === 0 ? "file" : (modes[mode & modeMask] ?? "other");
}

/** SFTP knows times to the second. */
export function versionOf({ size, mtime }: Attributes): string | undefined {
  return size === undefined || mtime === undefined ? undefined : `${size}-${mtime}`;
}

/** What callers see; nothing for what is neither file nor folder. */
export function entryOf(path: string, attributes: Attributes): RemoteEntry | undefined {
  const kind = kindOf(attributes);
  if (kind === "folder") return { kind, path, size: 0, version: undefined };
  return kind === "file" ? { kind, path, size: attributes.size, version: versionOf(attributes) } : undefined;
}

import { type Tree, type TreeEntry, byTreeOrder } from "../../src/tree/tree.js";

/** Files of a {@link memoryTree}: their bytes by path. */
export type TreeFiles = Readonly<Record<string, Uint8Array | string>>;

/** What else there is to a {@link memoryTree}, as paths. */
export interface TreeDetails {
  /** Folders besides those that files lie in. */
  readonly folders?: readonly string[];
  readonly executables?: readonly string[];
}

/** A tree of files in memory, with the folders that they lie in. */
export function memoryTree(files: TreeFiles, { folders = [], executables = [] }: TreeDetails = {}): Tree {
  const contents = new Map<string, Uint8Array>();
  const entries = new Map<string, TreeEntry>();
  for (const path of folders) addFolders(entries, path);
  for (const [path, content] of Object.entries(files)) {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    addFolders(entries, path.split("/").slice(0, -1).join("/"));
    contents.set(path, bytes);
    entries.set(path, { kind: "file", path, size: bytes.length, executable: executables.includes(path) });
  }
  const sorted = [...entries.values()].toSorted(byTreeOrder);
  return {
    entries: async () => sorted,
    read: async (path) => (contents.get(path) as Uint8Array).slice(),
    stream: (path, { start, end } = {}) => pieces((contents.get(path) as Uint8Array).slice(start, end), 1024 * 1024),
  };
}

function addFolders(entries: Map<string, TreeEntry>, folder: string): void {
  if (folder === "" || entries.has(folder)) return;
  addFolders(entries, folder.split("/").slice(0, -1).join("/"));
  entries.set(folder, { kind: "folder", path: folder });
}

/** Bytes in pieces of a size. */
export async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

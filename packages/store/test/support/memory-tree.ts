import { type Tree, type TreeEntry, byTreeOrder } from "../../src/tree/tree.js";

/** What a file of a {@link memoryTree} is: its bytes, `*` in front of the path for those that can be executed. */
export type TreeFiles = Readonly<Record<string, Uint8Array | string>>;

/** A tree of files in memory, with the folders that they lie in and those of `folders`. */
export function memoryTree(files: TreeFiles, folders: readonly string[] = []): Tree {
  const contents = new Map<string, Uint8Array>();
  const entries = new Map<string, TreeEntry>();
  for (const path of folders) addFolders(entries, path);
  for (const [name, content] of Object.entries(files)) {
    const executable = name.startsWith("*");
    const path = executable ? name.slice(1) : name;
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    addFolders(entries, path.split("/").slice(0, -1).join("/"));
    contents.set(path, bytes);
    entries.set(path, { kind: "file", path, size: bytes.length, executable });
  }
  const sorted = [...entries.values()].toSorted(byTreeOrder);
  return {
    entries: async () => sorted,
    read: async (path) => (contents.get(path) as Uint8Array).slice(),
    stream: (path) => pieces((contents.get(path) as Uint8Array).slice(), 1024 * 1024),
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

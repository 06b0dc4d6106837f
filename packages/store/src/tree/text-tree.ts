import { byTreeOrder, type Tree, type TreeEntry } from "./tree.js";

/** A few files that are only text, at the top of a tree or in folders that another part of it has. */
export function textTree(files: ReadonlyMap<string, string>): Tree {
  const bytesOf = (path: string): Uint8Array => new TextEncoder().encode(files.get(path));
  const entries = [...files.keys()].map((path): TreeEntry => ({ kind: "file", path, size: bytesOf(path).length, executable: false }));
  return {
    entries: () => Promise.resolve(entries.toSorted(byTreeOrder)),
    read: (path) => Promise.resolve(bytesOf(path)),
    stream: async function* stream(path, { start, end } = {}) {
      yield bytesOf(path).subarray(start, end);
    },
  };
}

import { readTogether, type Tree, type TreeEntry } from "./tree.js";

/** A tree that is not walked again: its entries are those of an earlier look. */
export function listedTree(tree: Tree, entries: readonly TreeEntry[]): Tree {
  return {
    entries: () => Promise.resolve(entries),
    readTogether: (files, options) => readTogether(tree, files, options),
    read: (path, options) => tree.read(path, options),
    stream: (path, options) => tree.stream(path, options),
  };
}

/** Bytes of all files. */
export function sizeOf(entries: readonly TreeEntry[]): number {
  return entries.reduce((total, entry) => (entry.kind === "file" ? total + entry.size : total), 0);
}

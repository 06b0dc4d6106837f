import { byTreeOrder, type Tree, type TreeEntry } from "./tree.js";

/** A tree and the folder in which it stands among others. */
export interface TreePart {
  /** `/` between its parts; empty for the top. */
  readonly below: string;
  readonly tree: Tree;
  /** A folder at the top of this tree that is left out. */
  readonly without?: string;
}

/**
 * Several trees as one. No two parts may hold the same file; where one stands inside another, a path belongs to the
 * innermost.
 */
export function combineTrees(parts: readonly TreePart[]): Tree {
  const innermostFirst = parts.toSorted((a, b) => b.below.length - a.below.length);
  const locate = (path: string): readonly [tree: Tree, path: string] => {
    const part = innermostFirst.find(({ below }) => below === "" || path.startsWith(`${below}/`)) as TreePart;
    return [part.tree, part.below === "" ? path : path.slice(part.below.length + 1)];
  };
  return {
    entries: async (options) => {
      const entries = new Map<string, TreeEntry>();
      for (const { below, tree, without } of parts) {
        for (const folder of foldersTo(below)) entries.set(folder, { kind: "folder", path: folder });
        for (const entry of await tree.entries(options)) {
          if (without !== undefined && (entry.path === without || entry.path.startsWith(`${without}/`))) continue;
          const path = below === "" ? entry.path : `${below}/${entry.path}`;
          entries.set(path, { ...entry, path });
        }
      }
      return [...entries.values()].toSorted(byTreeOrder);
    },
    read: (path, options) => {
      const [tree, own] = locate(path);
      return tree.read(own, options);
    },
    stream: (path, options) => {
      const [tree, own] = locate(path);
      return tree.stream(own, options);
    },
  };
}

/** A path and the folders that it lies in, outermost first. */
function foldersTo(path: string): readonly string[] {
  if (path === "") return [];
  const parts = path.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

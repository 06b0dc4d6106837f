import type { Tree } from "./tree.js";

/** What lies in one folder of a tree, as a tree of its own. */
export function subTree(tree: Tree, folder: string): Tree {
  const start = `${folder}/`;
  return {
    entries: async (options) => {
      const entries = await tree.entries(options);
      return entries.filter(({ path }) => path.startsWith(start)).map((entry) => ({ ...entry, path: entry.path.slice(start.length) }));
    },
    read: (path, options) => tree.read(start + path, options),
    stream: (path, options) => tree.stream(start + path, options),
  };
}

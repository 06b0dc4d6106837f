import { realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { entriesOf } from "./name-folder.js";
import { onDiskSync } from "./store-failure.js";
import { isInside } from "./tree-walk.js";

/** A regular file found in a model's folder. */
export interface WalkedFile {
  /** Relative, `/` between its parts. */
  readonly path: string;
  readonly size: number;
  readonly mode: number;
}

/**
 * Every file below a model's folder, folder by folder.
 *
 * A link counts as the file that it leads to, if that lies in the model; links that lead out, to a folder or nowhere,
 * and what is no regular file, are passed over.
 * @throws BENTO_STORE_FAILED when a folder cannot be read
 */
export function* walkModel(folder: string): Generator<WalkedFile, void> {
  const top = onDiskSync("read", folder, () => realpathSync(folder));
  const waiting = [""];
  for (let below = waiting.pop(); below !== undefined; below = waiting.pop()) {
    for (const entry of entriesOf(join(folder, below))) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) waiting.push(path);
      else if (entry.isFile() || (entry.isSymbolicLink() && leadsInside(join(folder, path), top))) {
        const stat = statSync(join(folder, path), { throwIfNoEntry: false });
        if (stat?.isFile()) yield { path, size: stat.size, mode: stat.mode };
      }
    }
  }
}

/** Whether a path, links resolved, is in the folder `top`, whose links are resolved already. */
export function leadsInside(path: string, top: string): boolean {
  try {
    return isInside(realpathSync(path), top);
  } catch {
    return false;
  }
}

/** Order of files everywhere: by path, compared as plain text. */
export function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

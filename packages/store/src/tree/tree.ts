import type { RangeOptions, SignalOptions } from "../store/model-store.js";

/** A file of a tree. */
export interface TreeFile {
  readonly kind: "file";
  /** Relative to the top, `/` between its parts. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Whether its mode is 0755, not 0644: all that is kept of modes. */
  readonly executable: boolean;
}

/** A folder of a tree. */
export interface TreeFolder {
  readonly kind: "folder";
  readonly path: string;
}

export type TreeEntry = TreeFile | TreeFolder;

/**
 * Files and folders that travel together: what an archive is made from.
 *
 * Nothing of it is left out in silence: what no archive can carry makes {@link Tree.entries} fail and name it.
 */
export interface Tree {
  /**
   * Everything below the top, in the order of an archive: part by part in code point order, a folder right before what
   * it holds. Links to files inside are given as files.
   * @throws BENTO_MODEL_INVALID naming what cannot be carried: links that lead out or nowhere, special files, names that are not UTF-8
   */
  entries(options?: SignalOptions): Promise<readonly TreeEntry[]>;
  /** A whole file, for small ones. The bytes are the caller's. */
  read(path: string, options?: SignalOptions): Promise<Uint8Array>;
  /** Several small files, as they were listed; only where that is faster than one by one. They share their memory, which is the caller's. */
  readTogether?(files: readonly TreeFile[], options?: SignalOptions): Promise<readonly Uint8Array[]>;
  /**
   * A file, or a range of it, in chunks of about 1 MiB; each chunk is the caller's and never used again. What stands
   * before a range is not read; a range that ends beyond the file ends with it.
   */
  stream(path: string, options?: RangeOptions): AsyncIterable<Uint8Array>;
}

/** Files of a tree that are read at the same time where it cannot read them together. */
const atOnce = 32;

/** Several small files of any tree. @throws what the tree throws, when nothing reads any more */
export async function readTogether(tree: Tree, files: readonly TreeFile[], options?: SignalOptions): Promise<readonly Uint8Array[]> {
  if (tree.readTogether !== undefined) return tree.readTogether(files, options);
  const contents: Uint8Array[] = [];
  for (let start = 0; start < files.length; start += atOnce) {
    const reads = files.slice(start, start + atOnce).map(({ path }) => tree.read(path, options));
    try {
      contents.push(...(await Promise.all(reads)));
    } catch (error) {
      await Promise.allSettled(reads);
      throw error;
    }
  }
  return contents;
}

/** Order of an archive: compares part by part, so that a folder stands right before what it holds. */
export function byTreeOrder(a: { readonly path: string }, b: { readonly path: string }): number {
  const left = a.path.split("/");
  const right = b.path.split("/");
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const order = compareCodePoints(left[index] as string, right[index] as string);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Python's order of text, by code point, which is not that of JavaScript beyond U+FFFF. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Puts the halves of characters beyond U+FFFF behind all others, as those characters are. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

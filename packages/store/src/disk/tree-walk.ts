import { isUtf8 } from "node:buffer";
import { type Dirent, lstatSync, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { sep } from "node:path";
import { compareCodePoints, type TreeEntry } from "../tree/tree.js";
import { isErrno } from "./store-failure.js";

/** Makes the error for something that cannot be part of a tree. */
export type Refuse = (path: string, why: string) => Error;

/**
 * Everything below a folder in the order of an archive; nothing is passed over.
 *
 * Links that stay inside are given as what they lead to. A link to a folder may not be reached through another one:
 * such links in a row would double the tree at every step.
 * @throws what `refuse` makes of links that lead out, nowhere or back, special files and names that are not UTF-8; the operating system's errors
 */
export function* walkTree(folder: string, refuse: Refuse): Generator<TreeEntry, void> {
  const top = realpathSync(folder);
  yield* walkFolder({ folder: top, below: "", top, isLinked: false }, refuse);
}

/** Where the walk is. */
interface Position {
  /** Absolute; every link in it but one is resolved. */
  readonly folder: string;
  /** The same relative to the top, `/` between its parts. */
  readonly below: string;
  /** Absolute, links resolved. */
  readonly top: string;
  /** Whether a link led here. */
  readonly isLinked: boolean;
}

function* walkFolder(position: Position, refuse: Refuse): Generator<TreeEntry, void> {
  const { folder, below } = position;
  for (const entry of entriesIn(folder, below, refuse)) {
    const path = pathOf(below, entry.name);
    const place = folder === sep ? folder + entry.name : folder + sep + entry.name;
    const stat = entry.isSymbolicLink() ? statOfLink(place, path, position, refuse) : lstatSync(place);
    if (stat.isFile()) yield { kind: "file", path, size: stat.size, executable: (stat.mode & 0o100) !== 0 };
    else if (stat.isDirectory()) {
      yield { kind: "folder", path };
      yield* walkFolder({ ...position, folder: place, below: path, isLinked: position.isLinked || entry.isSymbolicLink() }, refuse);
    } else throw refuse(path, "it is neither a file nor a folder");
  }
}

function entriesIn(folder: string, below: string, refuse: Refuse): readonly Dirent[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  // What is not UTF-8 shows as this character, which may also stand there rightly.
  if (entries.some(({ name }) => name.includes("\ufffd"))) {
    const wrong = readdirSync(folder, { encoding: "buffer" }).find((name) => !isUtf8(name));
    if (wrong !== undefined) throw refuse(pathOf(below, wrong.toString("utf8")), "its name is not UTF-8");
  }
  return entries.toSorted((a, b) => compareCodePoints(a.name, b.name));
}

function statOfLink(place: string, path: string, { folder, top, isLinked }: Position, refuse: Refuse): Stats {
  const real = targetOf(place);
  if (real === undefined) throw refuse(path, "it is a link that leads nowhere");
  if (!isInside(real, top)) throw refuse(path, `it is a link that leads out, to ${JSON.stringify(real)}`);
  const stat = statSync(real);
  if (!stat.isDirectory()) return stat;
  if (isInside(folder, real)) throw refuse(path, "it is a link to a folder that holds it");
  if (isLinked) throw refuse(path, "it is a link to a folder, reached through another such link");
  return stat;
}

/** What a link leads to in the end; `undefined` when that is nothing. */
export function targetOf(link: string): string | undefined {
  try {
    return realpathSync(link);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "ELOOP")) return undefined;
    throw error;
  }
}

/** Whether a path is a folder or below it; both absolute, links resolved. */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function pathOf(below: string, name: string): string {
  return below === "" ? name : `${below}/${name}`;
}

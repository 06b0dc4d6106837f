import { BentoError } from "@bento/core";
import { constants } from "node:fs";
import { lstat, open, readdir, realpath, stat } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { isErrno, storeFailure } from "../disk/store-failure.js";

/** One thing to copy, found below the source. */
export type CopiedEntry = { readonly kind: "folder"; readonly path: string } | CopiedFile;

/** A file to copy. */
export interface CopiedFile {
  readonly kind: "file";
  readonly path: string;
  /** Absolute, links resolved. */
  readonly source: string;
  readonly executable: boolean;
  /** Whether the source of the whole copy is this one file. */
  readonly isSource: boolean;
}

/**
 * What a copy of `source` holds, folders before their content, sorted: a single file under its own name, or the content
 * of a folder. Paths are relative with `/`; links that stay inside the source are given as what they lead to.
 * @throws BENTO_FILE_NOT_FOUND when there is no source, BENTO_MODEL_INVALID for links that lead out or in circles and for what is neither file nor folder
 */
export async function* walkSource(source: string | URL): AsyncGenerator<CopiedEntry, void> {
  const given = typeof source === "string" ? source : fileURLToPath(source);
  const top = await readingSource(given, () => realpath(given));
  const state = await readingSource(given, () => stat(top));
  if (!state.isDirectory()) {
    yield { ...fileEntry(basename(given), top, state), isSource: true };
    return;
  }
  yield* walkFolder({ folder: top, below: "", top, within: [top] });
}

/** Opens a file that {@link walkSource} found; refuses what was put in its place since. */
export async function* readSource(source: string): AsyncGenerator<Uint8Array, void> {
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const file = await readingSource(source, () => open(source, flags));
  try {
    if (!(await file.stat()).isFile()) throw notCopied(source, "it is neither a file nor a folder");
    const buffer = Buffer.allocUnsafe(1024 * 1024);
    for (;;) {
      const { bytesRead } = await readingSource(source, () => file.read(buffer, 0, buffer.length, null));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

interface Position {
  readonly folder: string;
  readonly below: string;
  readonly top: string;
  /** Real paths of the folders that lead here, to notice a link that leads back to one of them. */
  readonly within: readonly string[];
}

async function* walkFolder({ folder, below, top, within }: Position): AsyncGenerator<CopiedEntry, void> {
  const names = await readingSource(folder, () => readdir(folder));
  for (const name of names.toSorted()) {
    const shown = join(folder, name);
    const path = below === "" ? name : `${below}/${name}`;
    const real = await targetOf(shown, top);
    const state = await readingSource(shown, () => stat(real));
    if (!state.isDirectory()) {
      yield fileEntry(path, real, state);
      continue;
    }
    if (within.includes(real)) throw notCopied(shown, "it is a link to a folder that holds it");
    yield { kind: "folder", path };
    yield* walkFolder({ folder: real, below: path, top, within: [...within, real] });
  }
}

/** The path itself, or what it leads to if it is a link. */
async function targetOf(path: string, top: string): Promise<string> {
  if (!(await readingSource(path, () => lstat(path))).isSymbolicLink()) return path;
  let real;
  try {
    real = await realpath(path);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "ELOOP")) throw notCopied(path, "it is a link that leads nowhere");
    throw storeFailure(error, "read", path);
  }
  if (real === top || real.startsWith(top + sep)) return real;
  throw notCopied(path, `it is a link that leads out of the source, to ${JSON.stringify(real)}`);
}

function fileEntry(path: string, source: string, state: { readonly mode: number; isFile(): boolean }): CopiedFile {
  if (!state.isFile()) throw notCopied(source, "it is neither a file nor a folder");
  return { kind: "file", path, source, executable: (state.mode & 0o111) !== 0, isSource: false };
}

async function readingSource<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) {
      throw new BentoError("BENTO_FILE_NOT_FOUND", `There is no file or folder ${JSON.stringify(path)} to copy.`, {
        hint: "Look for a mistake in the path; a relative one counts from the current folder.",
        cause: error,
      });
    }
    if (isErrno(error, "ELOOP")) throw notCopied(path, "it became a link while it was copied");
    throw storeFailure(error, "read", path);
  }
}

function notCopied(path: string, why: string): BentoError {
  return new BentoError("BENTO_MODEL_INVALID", `${JSON.stringify(path)} cannot be copied into a model: ${why}.`, {
    hint: "Copy files and folders that lie inside the source, or write() the content yourself.",
  });
}

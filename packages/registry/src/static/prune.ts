import { readdir, rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { BentoError, type Tag } from "@bento/core";
import { isErrno, onDisk } from "@bento/store/archives";
import { readContent } from "./content-file.js";
import { contentPath, type IndexEntry, partPath, type StaticIndex } from "./layout.js";
import type { Stores } from "./selection.js";
import { unfinishedPrefix } from "./write-file.js";

/** After which time an unfinished file is taken for one that nobody finishes. Milliseconds. */
const unfinishedMs = 24 * 3_600_000;

/** The entries of an index that the stores still have. */
export async function stillThere(index: StaticIndex, stores: Stores): Promise<StaticIndex> {
  const [models, bentos] = [await stores.models.listTags(), await stores.bentos.listTags()];
  return { ...index, models: entriesIn(index.models, models), bentos: entriesIn(index.bentos, bentos) };
}

function entriesIn(entries: readonly IndexEntry[], tags: readonly Tag[]): IndexEntry[] {
  const known = new Set(tags.map(String));
  return entries.filter(({ name, version }) => known.has(`${name}:${version}`));
}

/**
 * Removes the files that an index, which is in the folder by now, does not need, and what exports that were killed have
 * left. Files that no export writes stay.
 * @returns the bytes that were removed
 * @throws BENTO_INTEGRITY_FAILED, and removes nothing, where it cannot be known what is needed
 */
export async function removeUnneeded(out: string, index: StaticIndex, signal: AbortSignal): Promise<number> {
  const needed = await neededFiles(out, index);
  let removed = await removeIn(out, ".", () => false, signal);
  removed += await removeIn(out, "content", (path) => /^content\/[0-9a-f]{64}\.json$/.test(path) && !needed.has(path), signal);
  for (const folder of await namesIn(join(out, "parts"))) {
    if (!/^[0-9a-f]{2}$/.test(folder)) continue;
    removed += await removeIn(out, `parts/${folder}`, (path) => /^parts\/..\/[0-9a-f]{64}$/.test(path) && !needed.has(path), signal);
    await rmdir(join(out, "parts", folder)).catch(() => {});
  }
  return removed;
}

async function neededFiles(out: string, { models, bentos }: StaticIndex): Promise<ReadonlySet<string>> {
  const needed = new Set<string>();
  for (const { name, version, digest } of [...models, ...bentos]) {
    const content = await readContent(out, digest);
    if (content === undefined) {
      const message = `${JSON.stringify(join(out, contentPath(digest)))} is missing, or not what its name says: what ${name}:${version} consists of is not known.`;
      throw new BentoError("BENTO_INTEGRITY_FAILED", message, {
        hint: "No file was removed. Export all of the store, without tags: that writes it anew.",
      });
    }
    needed.add(contentPath(digest));
    for (const sha256 of content.files.flatMap(({ parts }) => parts)) needed.add(partPath(sha256));
  }
  return needed;
}

async function removeIn(out: string, folder: string, isUnneeded: (path: string) => boolean, signal: AbortSignal): Promise<number> {
  let removed = 0;
  for (const name of await namesIn(join(out, folder))) {
    signal.throwIfAborted();
    const path = join(out, folder, name);
    if (!isUnneeded(`${folder}/${name}`) && !name.startsWith(unfinishedPrefix)) continue;
    removed += await onDisk("remove", path, async () => {
      const { size, mtimeMs } = await stat(path);
      if (name.startsWith(unfinishedPrefix) && Date.now() - mtimeMs < unfinishedMs) return 0;
      await rm(path);
      return size;
    });
  }
  return removed;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return onDisk("read", folder, async () => {
    try {
      return await readdir(folder);
    } catch (error) {
      if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
      throw error;
    }
  });
}

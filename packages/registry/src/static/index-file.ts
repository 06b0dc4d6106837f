import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { BentoError } from "@bento/core";
import { isErrno, onDisk } from "@bento/store/archives";
import { jsonOf } from "./content-file.js";
import { byAge, type IndexEntry, indexName, maxIndexBytes, staticIndex, type StaticIndex } from "./layout.js";
import { writeWhole } from "./write-file.js";

/** What a folder lists. @throws BENTO_CONFLICT for a file that is no index: nothing of others is written over */
export async function readIndex(out: string): Promise<StaticIndex> {
  const path = join(out, indexName);
  const text = await onDisk("read", path, () => readFile(path, "utf8").catch(absent));
  if (text === undefined) return { format: 1, models: [], bentos: [] };
  const parsed = staticIndex.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new BentoError("BENTO_CONFLICT", `${JSON.stringify(path)} is there already, and no index of a registry.`, {
    hint: "Export into another folder.",
  });
}

/** Puts an index in the place of the one that is there, in one step; not if it is the same. @throws BENTO_CONFLICT for one that nobody would read */
export async function writeIndex(out: string, { models, bentos }: StaticIndex): Promise<void> {
  const path = join(out, indexName);
  const text = `${JSON.stringify({ format: 1, models: models.toSorted(byName), bentos: bentos.toSorted(byName) }, undefined, 1)}\n`;
  if (Buffer.byteLength(text) > maxIndexBytes) {
    throw new BentoError(
      "BENTO_CONFLICT",
      `The index ${JSON.stringify(path)} would be longer than the ${maxIndexBytes} bytes that are read.`,
      {
        hint: "Export into several folders, or keep less in the metadata of models and in the READMEs of bentos.",
      },
    );
  }
  if ((await readFile(path, "utf8").catch(absent)) === text) return;
  await writeWhole(path, [Buffer.from(text)]);
  await syncFolder(out);
}

/** Has it on the disk that files have their names: what follows must not come to be there first. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => undefined);
  // Not every system opens folders, or forces them out.
  await folder?.sync().catch(() => {});
  await folder?.close();
}

function byName(a: IndexEntry, b: IndexEntry): number {
  return a.name === b.name ? byAge(a, b) : a.name < b.name ? -1 : 1;
}

function absent(error: unknown): undefined {
  if (!isErrno(error, "ENOENT")) throw error;
}

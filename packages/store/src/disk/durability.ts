import { open } from "node:fs/promises";

/** How many files are synchronised at once: the disk can write them out together. */
const atOnce = 8;

/** Returns when a file's bytes are on the disk. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Returns when the names in a folder are on the disk. Windows cannot do this for folders and does not need it. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** {@link syncFile} for many files, and {@link syncFolder} for the folders that hold them. */
export async function syncTree(files: Iterable<string>, folders: Iterable<string>): Promise<void> {
  const waiting = [...files].map((path) => () => syncFile(path)).concat([...folders].map((path) => () => syncFolder(path)));
  const work = waiting.values();
  const workers = Array.from({ length: atOnce }, async () => {
    for (const sync of work) await sync();
  });
  await Promise.all(workers);
}

import { open, statfs } from "node:fs/promises";
import { release } from "node:os";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { rareBuiltins } from "../rare-builtins.js";

/** How many files are synchronised at once: the disk can write them out together. */
const atOnce = 8;
/** From so many files on, writing out the whole file system is faster than asking for each file. */
const manyFiles = 500;

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

/**
 * Returns when many files, and the names in the folders that hold them, are on the disk.
 * @param top a folder that the others are in, or are counted from where they are relative
 */
export async function syncTree(top: string, files: ReadonlySet<string>, folders: ReadonlySet<string>): Promise<void> {
  if (files.size >= manyFiles && (await syncFileSystem(top))) return;
  const work = (function* () {
    for (const path of files) yield () => syncFile(resolve(top, path));
    for (const path of folders) yield () => syncFolder(resolve(top, path));
  })();
  const workers = Array.from({ length: atOnce }, async () => {
    for (const sync of work) await sync();
  });
  await Promise.all(workers);
}

/** File systems that are known to do what syncfs(2) says, as statfs(2) numbers them: ext, XFS, btrfs, F2FS, overlay, tmpfs, ZFS. */
const trusted: ReadonlySet<number> = new Set([0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x794c7630, 0x01021994, 0x2fc12fc1]);

/**
 * Has everything on a folder's file system written out with the system's own `sync -f`, which takes one journal commit
 * where 50,000 files take as many; Node.js has no call for it.
 * @returns false where that cannot be relied on: another system, another file system, a kernel (before 5.8) that hides write errors, or no such program
 */
async function syncFileSystem(folder: string): Promise<boolean> {
  if (process.platform !== "linux" || !reportsErrors(release())) return false;
  try {
    if (!trusted.has((await statfs(folder)).type)) return false;
    await promisify(rareBuiltins.childProcess().execFile)("sync", ["-f", folder]);
    return true;
  } catch {
    return false;
  }
}

/** Whether a Linux kernel's syncfs(2) fails when bytes could not be written. */
function reportsErrors(kernel: string): boolean {
  const [major = 0, minor = 0] = kernel.split(".").map(Number);
  return major > 5 || (major === 5 && minor >= 8);
}

import { type Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { backupIndexName } from "../archive/backup-index.js";
import { archiveFormats } from "../archive/format.js";
import { modelYamlName } from "../disk/layout.js";
import { transferring } from "../transfer/transfer-failure.js";

/** An archive, or a folder in an archive's place. */
export interface FoundArchive {
  /** Absolute. */
  readonly path: string;
  /** Below the folder, `/` between its parts. */
  readonly file: string;
  /** Bytes; 0 for a folder. */
  readonly size: number;
}

/** What lies in a folder of archives. */
export interface FoundArchives {
  /** Sorted by path. */
  readonly archives: readonly FoundArchive[];
  /** Files that do not look like archives by their names. */
  readonly ignored: readonly string[];
}

/** Extensions of archives: those of the formats, and short ones that other tools give to compressed tars. */
const extensions = new Set([
  ...Object.keys(archiveFormats).filter((format) => format !== "folder" && format !== "bento"),
  "tgz",
  "txz",
  "tbz2",
  "tzst",
]);
const maxDepth = 16;

/**
 * The archives in a folder and below it, as a backup or a person laid them out. Links and hidden folders are not followed.
 * @throws BENTO_TRANSFER_FAILED
 */
export async function findArchives(folder: string): Promise<FoundArchives> {
  const archives: FoundArchive[] = [];
  const ignored: string[] = [];
  await walk("", 0);
  return { archives, ignored };

  async function walk(base: string, depth: number): Promise<void> {
    const entries = await transferring("read", join(folder, base), () => readdir(join(folder, base), { withFileTypes: true }));
    for (const entry of entries.toSorted(byName)) {
      const file = base + entry.name;
      const path = join(folder, file);
      if (entry.isDirectory()) {
        if (await isModelFolder(path)) archives.push({ path, file, size: 0 });
        else if (depth < maxDepth && !entry.name.startsWith(".")) await walk(`${file}/`, depth + 1);
      } else if (entry.isFile() && extensions.has(extensionOf(entry.name))) {
        archives.push({ path, file, size: (await transferring("read", path, () => stat(path))).size });
      } else if (file !== backupIndexName) ignored.push(file);
    }
  }
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1;
}

async function isModelFolder(path: string): Promise<boolean> {
  try {
    return (await stat(join(path, modelYamlName))).isFile();
  } catch {
    return false;
  }
}

function extensionOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1).toLowerCase();
}

import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { isOwn, isRunning, ownIdentity } from "@bento/store/file-store";

import { spoolFolderName } from "./spool-folder-name.js";

let own: string | undefined;

/**
 * A new folder, below the one of this process in the system's folder for temporary files; nobody else may look into it.
 * What an earlier process left there because it was killed is removed when the first one is made.
 */
export function makeSpoolFolder(): string {
  own ??= makeOwnFolder();
  try {
    return mkdtempSync(join(own, "r"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    // Somebody tidied up.
    mkdirSync(own, { mode: 0o700, recursive: true });
    return mkdtempSync(join(own, "r"));
  }
}

/** Removes what processes left that were killed. Best effort: what is not ours, or may be in use, stays. */
export async function sweepSpoolFolders(): Promise<void> {
  const base = tmpdir();
  for (const name of namesIn(base)) {
    const [, place, pid, start] = spoolFolderName.exec(name) ?? [];
    if (place === undefined || start === undefined) continue;
    const path = join(base, name);
    if (isRunning({ place, pid: Number(pid), start }) === false && isOwn(path))
      await rm(path, { recursive: true, force: true }).catch(ignore);
  }
}

function makeOwnFolder(): string {
  void sweepSpoolFolders().catch(ignore);
  const { place, pid, start } = ownIdentity();
  const folder = mkdtempSync(join(tmpdir(), `bento-uploads-${place}-${pid}-${start}-`));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function ignore(): void {}

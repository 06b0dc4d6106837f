import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";

import { spoolFolderName } from "./spool-folder-name.js";

/** So long after its start a process looks for what others left. Milliseconds. */
const delayMs = 1000;

let isPlanned = false;

/**
 * Has this process remove, once and soon, what uploads others left on disk that were killed; nothing waits for that. Who
 * makes such files does the same with the first one, but might never come to make one.
 */
export function sweepLater(): void {
  if (isPlanned) return;
  isPlanned = true;
  // Out of descriptors, say. Another process will look as well.
  setTimeout(() => void sweep().catch(ignore), delayMs).unref();
}

/** What judges them is loaded only where a folder's process seems to be gone. A number that another one has got by now waits for the first upload. */
async function sweep(): Promise<void> {
  const names = await readdir(tmpdir());
  if (names.some((name) => isAbandoned(spoolFolderName.exec(name)?.[2]))) await (await import("./spool-folder.js")).sweepSpoolFolders();
}

function isAbandoned(pid: string | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

function ignore(): void {}

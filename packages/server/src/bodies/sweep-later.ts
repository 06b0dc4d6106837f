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

/** Where nobody left anything, nothing is loaded to judge it. */
async function sweep(): Promise<void> {
  const names = await readdir(tmpdir());
  if (names.some((name) => spoolFolderName.test(name))) await (await import("./spool-folder.js")).sweepSpoolFolders();
}

function ignore(): void {}

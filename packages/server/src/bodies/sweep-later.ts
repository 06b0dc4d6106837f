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
  const sweep = async (): Promise<void> => (await import("./spool-folder.js")).sweepSpoolFolders();
  setTimeout(() => void sweep().catch(ignore), delayMs).unref();
}

function ignore(): void {}

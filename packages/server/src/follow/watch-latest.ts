import { type FSWatcher, watch } from "node:fs";
import { join } from "node:path";

import type { ModelStore } from "@bento/store";

/** How often is looked anyway: not every file system tells of changes, and folders may come and go. Milliseconds. */
const lookEveryMs = 2000;
/** A save changes several files one after the other. Milliseconds. */
const settleMs = 20;

/**
 * Calls back when the newest version of a model may be another one: soon after its `latest` file was written, and every now
 * and then.
 * @returns ends it
 */
export function watchLatest(store: Pick<ModelStore, "location" | "shared">, tags: readonly string[], onMove: () => void): () => void {
  const folders = store.shared ? tags.map((tag) => join(store.location, "models", nameOf(tag))) : [];
  const watchers = new Map<string, FSWatcher>();
  let settling: NodeJS.Timeout | undefined;
  const settle = (): void => {
    clearTimeout(settling);
    settling = setTimeout(onMove, settleMs).unref();
  };
  const forget = (folder: string): void => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };
  const look = (): void => {
    for (const folder of folders) {
      if (watchers.has(folder)) continue;
      const watcher = watchFolder(folder, settle, () => forget(folder));
      if (watcher !== undefined) watchers.set(folder, watcher);
    }
  };
  look();
  const timer = setInterval(() => {
    look();
    onMove();
  }, lookEveryMs).unref();
  return () => {
    clearTimeout(settling);
    clearInterval(timer);
    folders.forEach(forget);
  };
}

/** `undefined` where there is nothing to watch, or no more can be watched: then it is looked at every now and then. */
function watchFolder(folder: string, onChange: () => void, onGone: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, (event, file) => {
      // A folder that was removed tells of itself, and of nothing any more.
      if (event === "rename" && (file === null || file === nameOf(folder))) onGone();
      onChange();
    });
    return watcher.on("error", onGone);
  } catch {
    return undefined;
  }
}

/** The last part of a path, or what stands before a version. */
function nameOf(text: string): string {
  return (text.split(/[\\/]/).at(-1) as string).split(":")[0] as string;
}

import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { watch } from "chokidar";

/** Folders that hold nothing a service is written in. */
const ignoredFolders = new Set(["node_modules", "coverage"]);
/** What a service may be made of, or read when it starts. */
const watchedFile = /\.(?:[cm]?[jt]sx?|json|ya?ml|env)$/;
/** An editor saves in several steps, and a tool many files. Milliseconds. */
const pauseMs = 50;

/**
 * Watches the project that a module belongs to, and calls back when files of it change: once for all that change
 * together.
 * @param entry `file:` URL of the module
 * @param since calls back also for what was changed from then on, before the watch began; see `Date.now()`. @default nothing
 * @returns resolves when changes are seen; ends the watch
 */
export async function watchSources(
  entry: string,
  onChange: (files: readonly string[]) => void,
  since = Infinity,
): Promise<() => Promise<void>> {
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let isWatching = false;
  const watcher = watch(projectOf(fileURLToPath(entry)), {
    ignoreInitial: since === Infinity,
    alwaysStat: since !== Infinity,
    ignored: (path, stats) => isIgnored(basename(path), stats?.isFile() === true),
  });
  watcher.on("all", (_event, path, stats) => {
    if (!watchedFile.test(path)) return;
    if (!isWatching && (stats?.mtimeMs ?? 0) < since) return;
    changed.add(path);
    clearTimeout(timer);
    timer = setTimeout(() => {
      const files = [...changed];
      changed.clear();
      onChange(files);
    }, pauseMs);
  });
  await new Promise<void>((resolve, reject) => watcher.once("ready", resolve).once("error", reject));
  isWatching = true;
  return async () => {
    clearTimeout(timer);
    await watcher.close();
  };
}

function isIgnored(name: string, isFile: boolean): boolean {
  if (isFile) return !watchedFile.test(name);
  return ignoredFolders.has(name) || (name.startsWith(".") && name !== "." && !name.startsWith(".env"));
}

/** The folder of the nearest `package.json`; without one, that of the module. */
function projectOf(file: string): string {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (dirname(folder) === folder) return dirname(file);
  }
}

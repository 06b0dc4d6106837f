import { BentoError } from "@bento/core";
import type { NativeFormat } from "../../archive/format.js";
import { bentoYamlName, modelYamlName } from "../../disk/layout.js";
import type { ExportProgress } from "../../export/export-progress.js";
import type { Tree, TreeEntry, TreeFile } from "../../tree/tree.js";
import type { OpenedRemote } from "../engine/open-remote.js";
import { below, checkRemotePath } from "../remote-path.js";
import { inLanes } from "./in-lanes.js";

/** Files that are written at the same time at least: most of the time of a small one is waiting. */
const leastLanes = 4;
const mostLanes = 8;
/** How long what was written may take to go away again after a failure. Milliseconds. */
const removalMs = 5000;

/** What is written into a folder. */
export interface FolderExport {
  readonly tree: Tree;
  /** Of the tree. */
  readonly entries: readonly TreeEntry[];
  readonly native: NativeFormat;
  readonly progress: ExportProgress;
  readonly signal: AbortSignal;
}

/**
 * Writes files and folders to a remote, several at a time. The document that makes a model or bento of them comes last:
 * half of it is never taken for the whole. What fails takes away again what it wrote.
 *
 * Remotes keep no modes, so that what could be executed no longer can, as after an export of Python's. Empty folders stay.
 * @throws BENTO_TARGET_EXISTS when anything is there; BENTO_BAD_REQUEST where an empty folder or a name cannot be kept
 */
export async function writeRemoteFolder(remote: OpenedRemote, folder: string, item: FolderExport): Promise<void> {
  const { entries, native, progress, signal } = item;
  const document = native === "bento" ? bentoYamlName : modelYamlName;
  const files = entries.filter((entry) => entry.kind === "file");
  const empty = emptyFolders(entries);
  if (empty.length > 0 && remote.makeFolder === undefined) throw cannotKeep(remote, empty[0] as string);
  for (const { path } of entries) checkRemotePath(below(folder, path));
  const wasThere = await checkFree(remote, folder, signal);
  const begun = new Set<string>();
  const lanes = Math.min(Math.max(remote.traits.lanes, leastLanes), mostLanes);
  const count = progress.begin();
  const doing = `Writing ${JSON.stringify(remote.name + folder)}`;
  const write = async (file: TreeFile, stop: AbortSignal): Promise<void> => {
    begun.add(file.path);
    await writeFile(remote, below(folder, file.path), { tree: item.tree, file, signal: stop, count });
  };
  try {
    await inLanes(empty, { lanes, signal, doing }, async (path, stop) => {
      begun.add(path);
      await remote.makeFolder?.(below(folder, path), { signal: stop });
    });
    await inLanes(
      files.filter(({ path }) => path !== document),
      { lanes, signal, doing },
      write,
    );
    for (const file of files) if (file.path === document) await write(file, signal);
    progress.finish();
  } catch (error) {
    await remove(remote, folder, { paths: begun, wasThere });
    throw error;
  }
}

async function writeFile(
  remote: OpenedRemote,
  path: string,
  {
    tree,
    file,
    signal,
    count,
  }: { readonly tree: Tree; readonly file: TreeFile; readonly signal: AbortSignal; readonly count: (bytes: number) => void },
): Promise<void> {
  let told = 0;
  const content = {
    size: file.size,
    async *stream(start: number): AsyncGenerator<Uint8Array, void> {
      let position = start;
      for await (const chunk of tree.stream(file.path, { start, signal })) {
        position += chunk.length;
        yield chunk;
        // Bytes of another try are told once.
        if (position > told) count(position - told);
        told = Math.max(told, position);
      }
    },
  };
  await remote.write(path, content, { signal });
}

/** Folders in which nothing is. */
function emptyFolders(entries: readonly TreeEntry[]): readonly string[] {
  const filled = new Set(entries.map(({ path }) => path.slice(0, Math.max(path.lastIndexOf("/"), 0))));
  return entries.flatMap(({ kind, path }) => (kind === "folder" && !filled.has(path) ? [path] : []));
}

/** Whether the folder is there, with nothing in it. */
async function checkFree(remote: OpenedRemote, folder: string, signal: AbortSignal): Promise<boolean> {
  const found = await remote.stat(folder, { signal });
  if (found?.kind === "file") throw targetExists(remote, folder);
  for await (const _ of remote.list(folder, { signal })) throw targetExists(remote, folder);
  return found !== undefined;
}

/** Removes what was written, as far as the remote still answers: the caller may have gone away, so with a time of its own. */
async function remove(
  remote: OpenedRemote,
  folder: string,
  { paths, wasThere }: { readonly paths: ReadonlySet<string>; readonly wasThere: boolean },
): Promise<void> {
  const signal = AbortSignal.timeout(removalMs);
  try {
    await inLanes(paths, { lanes: mostLanes, signal, doing: "Removing what was written" }, (path, stop) =>
      remote.delete(below(folder, path), { signal: stop }),
    );
    const left = [];
    for await (const { kind, path } of remote.list(folder, { signal })) {
      // Somebody else's, who came meanwhile.
      if (kind === "file") return;
      left.push(path);
    }
    if (!wasThere) await remote.delete(folder, { signal });
    else for (const path of left) await remote.delete(path, { signal });
  } catch {
    // What failed before is what is told.
  }
}

function targetExists(remote: OpenedRemote, folder: string): BentoError {
  return new BentoError(
    "BENTO_TARGET_EXISTS",
    `Something is at ${JSON.stringify(remote.name + folder)} already, and a folder never replaces anything.`,
    {
      hint: "Remove it, or name another place.",
    },
  );
}

function cannotKeep(remote: OpenedRemote, path: string): BentoError {
  return new BentoError(
    "BENTO_BAD_REQUEST",
    `${JSON.stringify(path)} is an empty folder, which ${JSON.stringify(remote.name)} cannot keep.`,
    {
      hint: "Use a format that is an archive: it keeps all that there is.",
    },
  );
}

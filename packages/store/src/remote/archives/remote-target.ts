import { archiveStream } from "../../archive/archive-stream.js";
import { tarOf } from "../../archive/container/tar-archive.js";
import { type ArchiveFormat, checkFormat, formatOfPath, type NativeFormat } from "../../archive/format.js";
import type { LocationOptions } from "../../archive/location.js";
import type { ExportedItem } from "../../export/export-item.js";
import type { CheckedOptions } from "../../export/export-options.js";
import { ExportProgress } from "../../export/export-progress.js";
import { checkSignal } from "../../store/cancellation.js";
import { ChunkMemory } from "../../transfer/chunk-memory.js";
import type { ReportProgress } from "../../transfer/transfer.js";
import { listedTree, sizeOf } from "../../tree/listed-tree.js";
import type { Tree } from "../../tree/tree.js";
import { openRemote } from "../engine/open-remote.js";
import { givenLocation, shownUrl } from "../given-location.js";
import { checkRemotePath } from "../remote-path.js";
import type { RemoteContent } from "../remote.js";
import { writeRemoteFolder } from "./remote-folder.js";

/** What is exported, and how. */
export interface RemoteExport {
  readonly native: NativeFormat;
  readonly location: LocationOptions;
  readonly format: ArchiveFormat | undefined;
  readonly options: CheckedOptions;
  /** Looks the item up. */
  readonly find: () => Promise<ExportedItem>;
}

/**
 * Exports an item to a place elsewhere: made while it is sent, with nothing of it on the disk.
 * @returns the URL of what was written, without user, password and params
 * @throws BENTO_TARGET_EXISTS for a folder where something is; what remotes throw
 */
export async function exportToRemote(
  target: string | URL,
  { native, location: given, format: asked, options, find }: RemoteExport,
  report: ReportProgress,
): Promise<string> {
  const location = givenLocation(target, given);
  if (asked !== undefined) checkFormat(asked, native);
  const { signal } = options;
  checkSignal(signal, "Exporting");
  const item = await find();
  const { path, format } = remotePath(location.path, { format: asked, native, baseName: item.baseName });
  const entries = await item.tree.entries({ signal });
  const tree = listedTree(item.tree, entries);
  // Its signal is the caller's; calls need not be given it again.
  await using remote = await openRemote(location, { signal });
  const progress = new ExportProgress(sizeOf(entries), report);
  if (format === "folder") await writeRemoteFolder(remote, path, { tree, entries, native, progress, signal });
  else await remote.write(path, await archiveContent(tree, { format, options, progress }));
  return shownUrl(remote.name, path);
}

/**
 * Where an export to a remote goes, and as what. A place that is empty or ends in `/` is a folder: into it, as
 * `<name>-<version>.<format>`. Every other place is exactly the one, but that the native format adds its extension where
 * it is missing. As a `folder`, the files land directly in the place.
 * @throws BENTO_BAD_REQUEST for an unknown format, and for a path that cannot be
 * @source BentoML exportable.py `export`
 */
export function remotePath(
  given: string,
  {
    format: asked,
    native,
    baseName,
  }: { readonly format: ArchiveFormat | undefined; readonly native: NativeFormat; readonly baseName: string },
): { readonly path: string; readonly format: ArchiveFormat } {
  const format = asked === undefined ? formatOfPath(given, native) : checkFormat(asked, native);
  if (format === "folder") return { path: checkRemotePath(given), format };
  const isFolder = given === "" || given.endsWith("/");
  if (isFolder) return { path: checkRemotePath(`${given}${baseName}.${format}`), format };
  const isComplete = format !== native || given.endsWith(`.${native}`);
  return { path: checkRemotePath(isComplete ? given : `${given}.${native}`), format };
}

/** An archive as it is made. Made again for each try: the same files give the same bytes. */
async function archiveContent(
  tree: Tree,
  { format, options, progress }: { readonly format: ArchiveFormat; readonly options: CheckedOptions; readonly progress: ExportProgress },
): Promise<RemoteContent> {
  const { signal } = options;
  // Of a tar, and of no other, it is known beforehand how long it will be, and what is in its middle.
  const tar = format === "tar" ? await tarOf(tree, { signal }) : undefined;
  const made = (start: number): AsyncIterable<Uint8Array> =>
    tar?.stream({ start, signal, onBytes: progress.begin() }) ??
    skipped(archiveStream(tree, format, { ...options, onBytes: progress.begin() }), start);
  return {
    size: tar?.size,
    async *stream(start) {
      yield* made(start);
      progress.finish();
    },
  };
}

/** What comes behind the first bytes of a stream. */
async function* skipped(chunks: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array, void> {
  let skip = count;
  for await (const chunk of chunks) {
    const taken = Math.min(skip, chunk.length);
    skip -= taken;
    if (taken < chunk.length) yield taken === 0 ? chunk : chunk.subarray(taken);
    else ChunkMemory.giveBack(chunk);
  }
}

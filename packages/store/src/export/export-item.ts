import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { archiveStream } from "../archive/archive-stream.js";
import type { PackOptions } from "../archive/container/container.js";
import { writeFolder } from "../archive/container/folder-write.js";
import { checkFormat, type NativeFormat } from "../archive/format.js";
import { isRemotePlace, localPath } from "../archive/location.js";
import { checkSignal } from "../store/cancellation.js";
import { writeFileTarget } from "../transfer/file-target.js";
import { writeFolderTarget } from "../transfer/folder-target.js";
import { checkGiven } from "../transfer/given-options.js";
import { isStreamTarget, type StreamTarget, writeStreamTarget } from "../transfer/stream-target.js";
import { type ReportProgress, Transfer } from "../transfer/transfer.js";
import { listedTree, sizeOf } from "../tree/listed-tree.js";
import type { Tree } from "../tree/tree.js";
import { type CheckedOptions, checkOptions, type ExportOptions } from "./export-options.js";
import { exportPath } from "./export-path.js";
import { ExportProgress } from "./export-progress.js";

/** Something that can be exported. */
export interface ExportedItem {
  readonly tree: Tree;
  /** `<name>-<version>` */
  readonly baseName: string;
}

/** An item and what to do with it. */
export interface ItemExport {
  readonly native: NativeFormat;
  readonly options: ExportOptions;
  /** Looks the item up. */
  readonly find: () => Promise<ExportedItem>;
}

/**
 * Exports an item to a path, a URL or a stream.
 * @returns the absolute path, or the URL, that was written; `undefined` for a stream
 */
export function exportItem(target: string | URL | StreamTarget, item: ItemExport): Transfer<string | undefined> {
  return new Transfer(async (report) => {
    if (!isStreamTarget(target)) return exportToPlace(target, item, report);
    // All of it happens inside the stream, so that whatever fails aborts the target: options that cannot be, too.
    await writeStreamTarget(target, exportedBytes(item, report), signalOf(item.options));
    return undefined;
  });
}

function signalOf(options: ExportOptions | null): AbortSignal {
  return options?.signal instanceof AbortSignal ? options.signal : new AbortController().signal;
}

async function* exportedBytes({ native, options, find }: ItemExport, report: ReportProgress): AsyncGenerator<Uint8Array, void> {
  checkGiven(options);
  const format = checkFormat(options.format ?? native, native);
  const checked = checkOptions(options);
  const { tree, packing, finish } = await startPacking((await find()).tree, checked, report);
  yield* archiveStream(tree, format, packing);
  finish();
}

async function exportToPlace(target: string | URL, { native, options, find }: ItemExport, report: ReportProgress): Promise<string> {
  checkGiven(options);
  const checked = checkOptions(options);
  if (isRemotePlace(target, options)) {
    const { exportToRemote } = await import("../remote/archives/remote-target.js");
    return exportToRemote(target, { native, location: options, format: options.format, options: checked, find }, report);
  }
  const given = localPath(target, options);
  // Before anything is waited for: the current folder may change meanwhile.
  const place = given.endsWith("/") ? `${resolve(given)}/` : resolve(given);
  const found = await stat(place).catch(() => undefined);
  const isFolder = found?.isDirectory() ?? false;
  // Refused as it is: nobody who says /dev/stdout wants a file beside it that has the extension which is missing.
  const isSpecial = found !== undefined && !isFolder && !found.isFile();
  checkSignal(checked.signal, "Exporting");
  if (options.format !== undefined) checkFormat(options.format, native);
  const item = await find();
  const { path: named, format } = exportPath(place, { format: options.format, native, baseName: item.baseName, isFolder });
  const path = isSpecial ? place : named;
  const { tree, packing, finish: onFinish } = await startPacking(item.tree, checked, report);
  const writing = { signal: checked.signal, onFinish };
  if (format === "folder") await writeFolderTarget(path, (folder) => writeFolder(tree, folder, packing), writing);
  else await writeFileTarget(path, archiveStream(tree, format, packing), writing);
  return path;
}

/** A tree that is listed, and the progress of packing it. */
async function startPacking(
  tree: Tree,
  options: CheckedOptions,
  report: ReportProgress,
): Promise<{ readonly tree: Tree; readonly packing: PackOptions; readonly finish: () => void }> {
  const entries = await tree.entries({ signal: options.signal });
  const progress = new ExportProgress(sizeOf(entries), report);
  return {
    tree: listedTree(tree, entries),
    packing: { ...options, onBytes: progress.begin() },
    finish: () => progress.finish(),
  };
}

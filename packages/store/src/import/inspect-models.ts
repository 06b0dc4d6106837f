import type { BentoError, Tag } from "@bento/core";
import { resolve } from "node:path";
import { localPath } from "../archive/location.js";
import { defaultStore } from "../disk/file-model-store.js";
import { checkSignal } from "../store/cancellation.js";
import type { ModelStore } from "../store/model-store.js";
import { checkGiven } from "../transfer/given-options.js";
import { type ReportProgress, Transfer } from "../transfer/transfer.js";
import { type BackupArchive, backupArchives, findSame, isOfArchive } from "./backup-archives.js";
import type { ImportModelsOptions } from "./import-models.js";
import type { OnExisting } from "./import-options.js";
import { type ArchiveReport, inspectArchive } from "./inspect-archive.js";

/** What one archive of a folder would bring. */
export interface InspectedArchive extends Pick<ArchiveReport<unknown>, "stored" | "problems"> {
  /** Path below the folder, `/` between its parts. */
  readonly file: string;
  /** `undefined` when it cannot be read. */
  readonly tag: Tag | undefined;
  /** Bytes of the model's files. */
  readonly size: number;
}

/** What a folder of archives would bring. */
export interface ModelsReport {
  readonly archives: readonly InspectedArchive[];
  /** Files that do not look like archives by their names. */
  readonly ignored: readonly string[];
  /** Archives of models of which the backup has newer ones, in another format; they were not read. */
  readonly superseded: readonly string[];
}

/** Options of {@link inspectModels}: those of the import that is meant. */
export type InspectModelsOptions = Omit<ImportModelsOptions, "onArchive">;

/**
 * Looks at a folder of archives as `importModels` would take it in, at each archive as `inspectArchive` does, and writes
 * nothing into the store.
 * @throws BENTO_TRANSFER_FAILED when the folder cannot be read, BENTO_STORE_FAILED, BENTO_CANCELLED; what is wrong with an archive is in its report
 */
export function inspectModels(folder: string | URL, options: InspectModelsOptions = {}): Transfer<ModelsReport> {
  return new Transfer((report) => inspectAll(folder, options, report));
}

async function inspectAll(given: string | URL, options: InspectModelsOptions, report: ReportProgress): Promise<ModelsReport> {
  checkGiven(options);
  const { store = defaultStore(), existing = "skip", signal } = options;
  checkSignal(signal, "Looking at the archives");
  const { archives, ignored, superseded, lost } = await backupArchives(resolve(localPath(given, options)));
  const total = archives.reduce((sum, { size }) => sum + size, 0);
  const inspected: InspectedArchive[] = [];
  let before = 0;
  for (const archive of archives) {
    checkSignal(signal, "Looking at the archives");
    const start = before;
    const onProgress = (bytes: number): void => report({ phase: "transfer", bytes: start + bytes, total });
    inspected.push(await inspectOne(archive, { ...options, store, existing, onProgress }));
    before += archive.size;
    onProgress(archive.size);
  }
  for (const { file, error } of lost) inspected.push(unreadable(file, error));
  report({ phase: "finish", bytes: before, total });
  return { archives: inspected, ignored, superseded };
}

interface OneOptions extends InspectModelsOptions {
  readonly store: ModelStore;
  readonly existing: OnExisting;
  readonly onProgress: (bytes: number) => void;
}

async function inspectOne(archive: BackupArchive, options: OneOptions): Promise<InspectedArchive> {
  const { path, file } = archive;
  try {
    const known = await findSame(archive, options);
    if (known !== undefined) return { file, tag: known.tag, size: known.size, stored: "same", problems: [] };
    const transfer = inspectArchive(path, { ...options, protocol: undefined, subpath: undefined });
    for await (const { bytes } of transfer) options.onProgress(bytes);
    const { tag, size, stored, problems } = await transfer;
    return { file, tag, size, stored, problems };
  } catch (error) {
    if (!isOfArchive(error)) throw error;
    return unreadable(file, error);
  }
}

function unreadable(file: string, error: BentoError): InspectedArchive {
  return { file, tag: undefined, size: 0, stored: undefined, problems: [error] };
}

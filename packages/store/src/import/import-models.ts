import type { BentoError } from "@bento/core";
import { resolve } from "node:path";
import { localPath } from "../archive/location.js";
import { defaultStore } from "../disk/file-model-store.js";
import { checkSignal } from "../store/cancellation.js";
import type { ModelStore, StoredModel } from "../store/model-store.js";
import { checkGiven } from "../transfer/given-options.js";
import { type ReportProgress, Transfer } from "../transfer/transfer.js";
import { type BackupArchive, backupArchives, findSame, isOfArchive } from "./backup-archives.js";
import { importModel, type ImportModelOptions } from "./import-model.js";
import type { OnExisting } from "./import-options.js";
import type { ImportOutcome } from "./import-transfer.js";

/** What became of one archive of a folder. */
export type ArchiveOutcome = ImportedArchive | FailedArchive;

/** An archive whose model is in the store now. */
export interface ImportedArchive {
  /** Path below the folder, `/` between its parts. */
  readonly file: string;
  readonly outcome: ImportOutcome;
  readonly model: StoredModel;
}

/** An archive that was not taken in. */
export interface FailedArchive {
  readonly file: string;
  readonly outcome: "failed";
  readonly error: BentoError;
}

/** What became of a folder of archives. */
export interface ModelsImport {
  readonly imported: readonly ImportedArchive[];
  /** Look here: one broken archive does not stop the others, nor make the import fail. */
  readonly failed: readonly FailedArchive[];
  /** Files that do not look like archives by their names. */
  readonly ignored: readonly string[];
  /** Archives of models of which the backup has newer ones, in another format; they were not read. */
  readonly superseded: readonly string[];
}

/** Options of {@link importModels}. */
export interface ImportModelsOptions extends Omit<ImportModelOptions, "format" | "name" | "version"> {
  /** Default `"skip"`, so that an import that was interrupted can be run again. */
  readonly existing?: ImportModelOptions["existing"];
  /** Told of every archive when it is done. */
  readonly onArchive?: ((outcome: ArchiveOutcome) => void) | undefined;
}

/**
 * Takes in all models of a folder: a backup, or archives and exported folders as somebody put them there.
 *
 * Each is imported as by `importModel`, one after the other. What a backup's index knows, and the store has with the
 * same `model.yaml`, is skipped without being read again: models never change. Of a model that a backup holds in two
 * formats only the newer archive is read.
 * @throws BENTO_TRANSFER_FAILED when the folder cannot be read, BENTO_STORE_FAILED, BENTO_CANCELLED; what is wrong with an archive is in the result
 */
export function importModels(folder: string | URL, options: ImportModelsOptions = {}): Transfer<ModelsImport> {
  return new Transfer((report) => takeInAll(folder, options, report));
}

async function takeInAll(given: string | URL, options: ImportModelsOptions, report: ReportProgress): Promise<ModelsImport> {
  checkGiven(options);
  const { store = defaultStore(), existing = "skip", onArchive, signal } = options;
  checkSignal(signal, "The import");
  const folder = resolve(localPath(given, options));
  const { archives, ignored, superseded, lost } = await backupArchives(folder);
  const imported: ImportedArchive[] = [];
  const failed: FailedArchive[] = [];
  const settle = (outcome: ArchiveOutcome): void => {
    if (outcome.outcome === "failed") failed.push(outcome);
    else imported.push(outcome);
    onArchive?.(outcome);
  };
  const total = archives.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  for (const archive of archives) {
    checkSignal(signal, "The import");
    const start = before;
    const onProgress = (bytes: number): void => report({ phase: "transfer", bytes: start + bytes, total });
    settle(await takeInOne(archive, { ...options, store, existing, onProgress }));
    before += archive.size;
    onProgress(archive.size);
  }
  for (const { file, error } of lost) settle({ file, outcome: "failed", error });
  report({ phase: "finish", bytes: before, total });
  return { imported, failed, ignored, superseded };
}

interface OneOptions extends ImportModelOptions {
  readonly store: ModelStore;
  readonly existing: OnExisting;
  readonly onProgress: (bytes: number) => void;
}

async function takeInOne(archive: BackupArchive, options: OneOptions): Promise<ArchiveOutcome> {
  const { path, file } = archive;
  try {
    const known = await findSame(archive, options);
    if (known !== undefined) return { file, outcome: "skipped", model: known };
    const transfer = importModel(path, { ...options, protocol: undefined, subpath: undefined });
    for await (const { bytes } of transfer) options.onProgress(bytes);
    const model = await transfer;
    return { file, outcome: transfer.outcome as ImportOutcome, model };
  } catch (error) {
    if (!isOfArchive(error)) throw error;
    return { file, outcome: "failed", error };
  }
}

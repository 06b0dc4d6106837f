import { BentoError } from "@bento/core";
import { resolve } from "node:path";
import { type BackedUpModel, readBackupIndex } from "../archive/backup-index.js";
import { localPath } from "../archive/location.js";
import { defaultStore } from "../disk/file-model-store.js";
import { modelYamlName } from "../disk/layout.js";
import { digest } from "../model/manifest.js";
import { checkSignal } from "../store/cancellation.js";
import type { ModelStore, StoredModel } from "../store/model-store.js";
import { transferring } from "../transfer/transfer-failure.js";
import { type ReportProgress, Transfer } from "../transfer/transfer.js";
import { findArchives, type FoundArchive } from "./find-archives.js";
import { importModel, type ImportModelOptions } from "./import-model.js";
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
 * same `model.yaml`, is skipped without being read again: models never change.
 * @throws BENTO_TRANSFER_FAILED when the folder cannot be read, BENTO_STORE_FAILED, BENTO_CANCELLED; what is wrong with an archive is in the result
 */
export function importModels(folder: string | URL, options: ImportModelsOptions = {}): Transfer<ModelsImport> {
  return new Transfer((report) => takeInAll(folder, options, report));
}

async function takeInAll(given: string | URL, options: ImportModelsOptions, report: ReportProgress): Promise<ModelsImport> {
  const { store = defaultStore(), existing = "skip", onArchive, signal } = options;
  checkSignal(signal, "The import");
  const folder = resolve(localPath(given, options));
  const { archives, ignored } = await findArchives(folder);
  const index = await transferring("read", folder, () => readBackupIndex(folder));
  const lines = new Map([...index.values()].map((line) => [line.file, line]));
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
    settle(await takeInOne(archive, lines.get(archive.file), { ...options, store, existing, onProgress }));
    before += archive.size;
    onProgress(archive.size);
  }
  const found = new Set(archives.map(({ file }) => file));
  for (const { file, tag } of index.values()) if (!found.has(file)) settle({ file, outcome: "failed", error: lost(file, tag) });
  report({ phase: "finish", bytes: before, total });
  return { imported, failed, ignored };
}

interface OneOptions extends ImportModelOptions {
  readonly store: ModelStore;
  readonly onProgress: (bytes: number) => void;
}

async function takeInOne(
  { path, file, size }: FoundArchive,
  line: BackedUpModel | undefined,
  options: OneOptions,
): Promise<ArchiveOutcome> {
  try {
    const isWhole = line !== undefined && (size === 0 || line.size === size);
    const known = isWhole && options.existing === "skip" ? await findSame(options.store, line) : undefined;
    if (known !== undefined) return { file, outcome: "skipped", model: known };
    const transfer = importModel(path, { ...options, protocol: undefined, subpath: undefined });
    for await (const { bytes } of transfer) options.onProgress(bytes);
    const model = await transfer;
    return { file, outcome: transfer.outcome as ImportOutcome, model };
  } catch (error) {
    if (!BentoError.is(error) || (error.status >= 499 && error.code !== "BENTO_TRANSFER_FAILED")) throw error;
    return { file, outcome: "failed", error };
  }
}

/** The model of the store that is the one of this line. */
async function findSame(store: ModelStore, { tag, modelYaml }: BackedUpModel): Promise<StoredModel | undefined> {
  try {
    const [found] = await store.listTags({ name: tag });
    if (found === undefined) return undefined;
    const model = await store.get(found);
    return (await digest(model.stream(modelYamlName))).sha256 === modelYaml ? model : undefined;
  } catch (error) {
    if (BentoError.is(error) && error.status < 499) return undefined;
    throw error;
  }
}

function lost(file: string, tag: string): BentoError {
  return new BentoError(
    "BENTO_TRANSFER_FAILED",
    `The backup's index knows ${JSON.stringify(file)} with the model ${JSON.stringify(tag)}, but there is no such file.`,
    {
      hint: "Look for it where the backup was copied from.",
    },
  );
}

import type { BentoError } from "@bento/core";
import type { StoredModel } from "../store/model-store.js";
import { Transfer } from "../transfer/transfer.js";
import type { FoundArchive } from "./find-archives.js";
import { importModel, type ImportModelOptions } from "./import-model.js";
import type { ImportOutcome } from "./import-transfer.js";
import { type NotVisited, visitArchives, type VisitOptions } from "./visit-archives.js";

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
export interface ModelsImport extends NotVisited {
  readonly imported: readonly ImportedArchive[];
  /** Look here: one broken archive does not stop the others, nor make the import fail. */
  readonly failed: readonly FailedArchive[];
}

/** Options of {@link importModels}. */
export interface ImportModelsOptions extends VisitOptions {
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
  return new Transfer(async (report) => {
    const imported: ImportedArchive[] = [];
    const failed: FailedArchive[] = [];
    const notVisited = await visitArchives<ArchiveOutcome>(folder, options, {
      what: "The import",
      report,
      read: takeIn,
      known: (file, model) => ({ file, outcome: "skipped", model }),
      failed: (file, error) => ({ file, outcome: "failed", error }),
      settle: (outcome) => {
        if (outcome.outcome === "failed") failed.push(outcome);
        else imported.push(outcome);
        options.onArchive?.(outcome);
      },
    });
    return { imported, failed, ...notVisited };
  });
}

async function takeIn(
  { path, file }: FoundArchive,
  options: ImportModelOptions,
  onBytes: (bytes: number) => void,
): Promise<ImportedArchive> {
  const transfer = importModel(path, options);
  for await (const { bytes } of transfer) onBytes(bytes);
  const model = await transfer;
  return { file, outcome: transfer.outcome as ImportOutcome, model };
}

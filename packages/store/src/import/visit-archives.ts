import type { BentoError } from "@bento/core";
import { resolve } from "node:path";
import { localPath } from "../archive/location.js";
import { defaultStore } from "../disk/file-model-store.js";
import { checkSignal } from "../store/cancellation.js";
import type { StoredModel } from "../store/model-store.js";
import { checkGiven } from "../transfer/given-options.js";
import type { ReportProgress } from "../transfer/transfer.js";
import { type BackupArchive, backupArchives, findSame, isOfArchive } from "./backup-archives.js";
import type { FoundArchive } from "./find-archives.js";
import type { ImportModelOptions } from "./import-model.js";

/** What a folder holds beside the archives that were visited. */
export interface NotVisited {
  /** Files that do not look like archives by their names. */
  readonly ignored: readonly string[];
  /** Archives of models of which the backup has newer ones, in another format; they were not read. */
  readonly superseded: readonly string[];
}

/** Options of whatever goes over a folder of archives. */
export interface VisitOptions extends Omit<ImportModelOptions, "format" | "name" | "version"> {
  /** Default `"skip"`, so that an import that was interrupted can be run again. */
  readonly existing?: ImportModelOptions["existing"];
}

/** What is done with the archives of a folder, and what comes of each. */
export interface Visit<Outcome> {
  /** Such as `The import`, for the error when it is cancelled. */
  readonly what: string;
  readonly report: ReportProgress;
  /** Reads one archive, and tells how many bytes of it are read. */
  readonly read: (archive: FoundArchive, options: ImportModelOptions, onBytes: (bytes: number) => void) => Promise<Outcome>;
  /** Of an archive that need not be read, as the store has its model. */
  readonly known: (file: string, model: StoredModel) => Outcome;
  /** Of an archive that cannot be read, or is not there though the index names it. */
  readonly failed: (file: string, error: BentoError) => Outcome;
  /** Told of every outcome, one after the other. */
  readonly settle: (outcome: Outcome) => void;
}

/**
 * Goes over the archives of a folder, one after the other. What is wrong with one stops none of the others.
 * @throws BENTO_TRANSFER_FAILED when the folder cannot be read, BENTO_STORE_FAILED, BENTO_CANCELLED
 */
export async function visitArchives<Outcome>(
  folder: string | URL,
  given: VisitOptions,
  { what, report, read, known, failed, settle }: Visit<Outcome>,
): Promise<NotVisited> {
  checkGiven(given);
  const { store = defaultStore(), existing = "skip", signal } = given;
  const options = { ...given, store, existing, protocol: undefined, subpath: undefined };
  checkSignal(signal, what);
  const { archives, ignored, superseded, lost } = await backupArchives(resolve(localPath(folder, given)));
  const total = archives.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  const reportOne = (bytes: number): void => report({ phase: "transfer", bytes: before + bytes, total });
  for (const archive of archives) {
    checkSignal(signal, what);
    settle(await outcomeOf(archive));
    reportOne(archive.size);
    before += archive.size;
  }
  for (const { file, error } of lost) settle(failed(file, error));
  report({ phase: "finish", bytes: before, total });
  return { ignored, superseded };

  async function outcomeOf(archive: BackupArchive): Promise<Outcome> {
    try {
      const model = await findSame(archive, options);
      if (model !== undefined) return known(archive.file, model);
      return await read(archive, options, reportOne);
    } catch (error) {
      if (!isOfArchive(error)) throw error;
      return failed(archive.file, error);
    }
  }
}

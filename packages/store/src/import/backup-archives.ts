import { BentoError } from "@bento/core";
import { type BackedUpModel, readBackupIndex, tagOfFile } from "../archive/backup-index.js";
import { modelYamlName } from "../disk/layout.js";
import { digest } from "../model/manifest.js";
import type { ModelStore, StoredModel } from "../store/model-store.js";
import { transferring } from "../transfer/transfer-failure.js";
import { findArchives, type FoundArchive } from "./find-archives.js";
import type { OnExisting } from "./import-options.js";

/** An archive of a folder, with what the folder's index says of it. */
export interface BackupArchive extends FoundArchive {
  readonly line: BackedUpModel | undefined;
}

/** What a folder of archives holds, by its index where it has one. */
export interface BackupArchives {
  /** To be read: each model once. */
  readonly archives: readonly BackupArchive[];
  /** Files that do not look like archives by their names. */
  readonly ignored: readonly string[];
  /** Archives of models of which the index names others, in another format. */
  readonly superseded: readonly string[];
  /** What the index knows and is not there. */
  readonly lost: readonly LostArchive[];
}

/** An archive that is not there. */
export interface LostArchive {
  readonly file: string;
  readonly error: BentoError;
}

/** Looks into a folder of archives. @throws BENTO_TRANSFER_FAILED */
export async function backupArchives(folder: string): Promise<BackupArchives> {
  const { archives, ignored } = await findArchives(folder);
  const index = await transferring("read", folder, () => readBackupIndex(folder));
  const lines = new Map([...index.values()].map((line) => [line.file, line]));
  const found = new Set(archives.map(({ file }) => file));
  // A file that is no more what it was called after may still be all that is left, so the index only decides between two.
  const isSuperseded = ({ file }: FoundArchive): boolean => {
    const newest = index.get(tagOfFile(file) ?? "");
    return newest !== undefined && newest.file !== file && found.has(newest.file);
  };
  return {
    archives: archives.filter((archive) => !isSuperseded(archive)).map((archive) => ({ ...archive, line: lines.get(archive.file) })),
    ignored,
    superseded: archives.filter(isSuperseded).map(({ file }) => file),
    lost: [...index.values()].filter(({ file }) => !found.has(file)).map(({ file, tag }) => ({ file, error: lost(file, tag) })),
  };
}

/**
 * The model of the store that an archive holds, so that the archive need not be read: where the index knows the archive,
 * it lies where a backup puts that model, it has the size that was noted, and the store has its model with the same
 * `model.yaml`.
 *
 * An index is believed in no more than that. What lies elsewhere is read, whatever is said of it; so a line that is wrong
 * about an archive hides no other model than the one after which the archive is called.
 */
export async function findSame(
  { line, size }: BackupArchive,
  { store, existing }: { readonly store: ModelStore; readonly existing: OnExisting },
): Promise<StoredModel | undefined> {
  if (line === undefined || existing !== "skip" || line.size !== size || tagOfFile(line.file) !== line.tag) return undefined;
  try {
    const [found] = await store.listTags({ name: line.tag });
    if (found === undefined) return undefined;
    const model = await store.get(found);
    return (await digest(model.stream(modelYamlName))).sha256 === line.modelYaml ? model : undefined;
  } catch (error) {
    if (BentoError.is(error) && error.status < 499) return undefined;
    throw error;
  }
}

/** Whether an error is about one archive, so that the others go on. */
export function isOfArchive(error: unknown): error is BentoError {
  return BentoError.is(error) && (error.status < 499 || error.code === "BENTO_TRANSFER_FAILED");
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

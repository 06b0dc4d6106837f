import type { BentoError, Tag } from "@bento/core";
import { Transfer } from "../transfer/transfer.js";
import type { FoundArchive } from "./find-archives.js";
import type { ImportModelOptions } from "./import-model.js";
import { type ArchiveReport, inspectArchive } from "./inspect-archive.js";
import { type NotVisited, visitArchives, type VisitOptions } from "./visit-archives.js";

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
export interface ModelsReport extends NotVisited {
  readonly archives: readonly InspectedArchive[];
}

/** Options of {@link inspectModels}: those of the import that is meant. */
export type InspectModelsOptions = VisitOptions;

/**
 * Looks at a folder of archives as `importModels` would take it in, at each archive as `inspectArchive` does, and writes
 * nothing into the store.
 * @throws BENTO_TRANSFER_FAILED when the folder cannot be read, BENTO_STORE_FAILED, BENTO_CANCELLED; what is wrong with an archive is in its report
 */
export function inspectModels(folder: string | URL, options: InspectModelsOptions = {}): Transfer<ModelsReport> {
  return new Transfer(async (report) => {
    const archives: InspectedArchive[] = [];
    const notVisited = await visitArchives<InspectedArchive>(folder, options, {
      what: "Looking at the archives",
      report,
      read: inspectOne,
      known: (file, { tag, size }) => ({ file, tag, size, stored: "same", problems: [] }),
      failed: unreadable,
      settle: (archive) => archives.push(archive),
    });
    return { archives, ...notVisited };
  });
}

async function inspectOne(
  { path, file }: FoundArchive,
  options: ImportModelOptions,
  onBytes: (bytes: number) => void,
): Promise<InspectedArchive> {
  const transfer = inspectArchive(path, options);
  for await (const { bytes } of transfer) onBytes(bytes);
  const { tag, size, stored, problems } = await transfer;
  return { file, tag, size, stored, problems };
}

function unreadable(file: string, error: BentoError): InspectedArchive {
  return { file, tag: undefined, size: 0, stored: undefined, problems: [error] };
}

import type { ImportSource } from "../archive/source/import-source.js";
import { defaultStore } from "../disk/file-model-store.js";
import { checkSignal } from "../store/cancellation.js";
import type { ModelStore, StoredModel } from "../store/model-store.js";
import { modelKind } from "../model/model-kind.js";
import type { TagChange } from "../model/retag.js";
import { checkGiven } from "../transfer/given-options.js";
import type { ReportProgress } from "../transfer/transfer.js";
import type { ImportOptions } from "./import-options.js";
import { type Imported, ImportTransfer } from "./import-transfer.js";
import { IncomingItem } from "./incoming-item.js";
import { namingArchive } from "./naming-archive.js";
import { readArchive } from "./read-archive.js";
import { receive } from "./receive.js";

/** Options of {@link importModel}. */
export interface ImportModelOptions extends ImportOptions, TagChange {
  /** Default: the file store of `BENTOML_HOME`. */
  readonly store?: ModelStore | undefined;
}

/**
 * Takes a model in from an archive or folder, from wherever it was exported, Python BentoML included.
 *
 * It is staged, checked against its manifest and made visible in one step: whatever goes wrong, or a signal that
 * stops it, leaves the store as it was. Every byte of `model.yaml` stays, the creation time too, so an older version
 * does not become `latest`; only `name` and `version`, when given, take the place of the archive's own. Modes become
 * 0644 and 0755, links to files inside become files.
 *
 * The archive is not trusted: see {@link ImportSource} for where it may come from, and `limits` for how large it may be.
 * @throws BENTO_ARCHIVE_INVALID for what is cut off, damaged, no archive or no model
 * @throws BENTO_ARCHIVE_UNSAFE naming an entry that leads out, hides another, is no file, or a limit
 * @throws BENTO_INTEGRITY_FAILED naming the files that the archive's manifest disagrees with
 * @throws BENTO_MODEL_EXISTS, BENTO_MODEL_INVALID, BENTO_TAG_INVALID, BENTO_TRANSFER_FAILED, BENTO_CANCELLED
 */
export function importModel(source: ImportSource, options: ImportModelOptions = {}): ImportTransfer<StoredModel> {
  return new ImportTransfer((report) => takeIn(source, options, report));
}

async function takeIn(source: ImportSource, options: ImportModelOptions, report: ReportProgress): Promise<Imported<StoredModel>> {
  checkGiven(options);
  const { store = defaultStore(), existing = "error", acceptChanges = false, name, version, expected, onChecked } = options;
  checkSignal(options.signal, "The import");
  await using reading = await readArchive(source, options, { native: "bentomodel", report });
  const { budget, signal } = reading;
  const change = { name, version };
  const draft = await store.importDraft({ signal });
  const rules = { existing, acceptChanges, change, expected, base: "", budget, signal };
  await using model = new IncomingItem(draft, { kind: modelKind, store, ...rules });
  await namingArchive(reading.name, async () => {
    const tops = await receive(reading.entries, { ...reading, route: async (path) => ({ item: model.staged, path }) });
    await model.check({ tops, hasFile: (path) => model.files.has(path) });
    await onChecked?.(model.checked);
  });
  checkSignal(signal, "The import");
  reading.reportFinish();
  await model.prepare();
  // Awaited here, before the draft is discarded.
  return await model.commit();
}

import type { ImportSource } from "../archive/source/import-source.js";
import type { BentoStore, StoredBento } from "../bento/bento-store.js";
import { defaultBentoStore } from "../bento/file-bento-store.js";
import { defaultStore } from "../disk/file-model-store.js";
import { checkSignal } from "../store/cancellation.js";
import type { ModelStore, StoredModel } from "../store/model-store.js";
import { checkGiven } from "../transfer/given-options.js";
import type { ReportProgress } from "../transfer/transfer.js";
import { FollowingSignal } from "./following-signal.js";
import type { ImportOptions } from "./import-options.js";
import { type Imported, type ImportOutcome, ImportTransfer } from "./import-transfer.js";
import { IncomingBento } from "./incoming-bento.js";
import { namingArchive } from "./naming-archive.js";
import { readArchive } from "./read-archive.js";
import { receive } from "./receive.js";

/** Options of {@link importBento}. */
export interface ImportBentoOptions extends ImportOptions {
  /** Where the bento goes. Default: the file store of `BENTOML_HOME`. */
  readonly store?: BentoStore | undefined;
  /** Where the models that it carries go. Default: the file store of `BENTOML_HOME`. */
  readonly models?: ModelStore | undefined;
  /** Told, once all of it is in the stores, of every model that came along. */
  readonly onModel?: ((model: StoredModel, outcome: ImportOutcome) => void) | undefined;
}

/**
 * Takes a bento in from an archive or folder, with the models that it carries.
 *
 * Everything is staged and checked before anything of it becomes visible; then the models do, one after the other, then
 * the bento. A model that the store has under exactly the same tag is kept, if its files are the same; with other files
 * nothing is imported, and neither is anything where a model comes along that `bento.yaml` does not name. `existing` is
 * about the bento: the models that it carries never replace others. The bento itself is stored without its models.
 *
 * It promises what `importModel` promises, but that several items do not become visible in one step. The signal counts
 * until the first of them does, and is ignored from then on. Whoever kills the process between two of them, takes the
 * tag of the bento in that very moment, or has a disk that fails right then, finds models without their bento: each of
 * them whole, none replaced, and kept by the next import of the same archive.
 * @throws BENTO_BENTO_EXISTS, BENTO_BENTO_INVALID, and what `importModel` throws
 */
export function importBento(source: ImportSource, options: ImportBentoOptions = {}): ImportTransfer<StoredBento> {
  return new ImportTransfer((report) => takeIn(source, options, report));
}

async function takeIn(source: ImportSource, options: ImportBentoOptions, report: ReportProgress): Promise<Imported<StoredBento>> {
  checkGiven(options);
  const { store = defaultBentoStore(), models = defaultStore(), existing = "error", acceptChanges = false, expected, onChecked } = options;
  using following = new FollowingSignal(options.signal);
  checkSignal(following.signal, "The import");
  await using reading = await readArchive(source, { ...options, signal: following.signal }, { native: "bento", report });
  const { budget, signal } = reading;
  await using incoming = await IncomingBento.open({ store, models, existing, acceptChanges, expected, budget, signal, dryRun: false });
  await namingArchive(reading.name, async () => {
    const tops = await receive(reading.entries, { ...reading, route: (path, kind) => incoming.route(path, kind) });
    await incoming.check(tops);
    await onChecked?.(incoming.bento.checked);
  });
  checkSignal(signal, "The import");
  reading.reportFinish();
  await incoming.prepare();
  checkSignal(signal, "The import");
  following[Symbol.dispose]();
  // Awaited here, before the drafts are discarded.
  const imported = await incoming.commit();
  for (const { item, outcome } of imported.models) options.onModel?.(item, outcome);
  return imported;
}

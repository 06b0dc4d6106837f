import { BentoError, type Tag } from "@bento/core";
import type { ArchiveFormat } from "../archive/format.js";
import type { ImportSource } from "../archive/source/import-source.js";
import type { BentoInfo } from "../bento/bento-info.js";
import { bentoKind } from "../bento/bento-kind.js";
import { defaultBentoStore } from "../bento/file-bento-store.js";
import { defaultStore } from "../disk/file-model-store.js";
import type { ModelInfo } from "../model/model-info.js";
import { modelKind } from "../model/model-kind.js";
import { RemoteFault } from "../remote/remote-failure.js";
import type { ItemInfo, ItemKind } from "../store/item-kind.js";
import type { ManifestEntry } from "../store/model-store.js";
import { incomingExists } from "../store/version-choice.js";
import { checkGiven } from "../transfer/given-options.js";
import { type ReportProgress, Transfer } from "../transfer/transfer.js";
import type { ImportBentoOptions } from "./import-bento.js";
import type { ImportModelOptions } from "./import-model.js";
import type { OnExisting } from "./import-options.js";
import { checkModel, IncomingBento } from "./incoming-bento.js";
import { type ComparableItem, IncomingItem } from "./incoming-item.js";
import { namingArchive } from "./naming-archive.js";
import { readArchive } from "./read-archive.js";
import { receive } from "./receive.js";

/** What a model or bento in an archive is. */
export interface ItemReport<Info> {
  /** Under which tag it would come in; `undefined` when its document is missing or cannot be read. */
  readonly tag: Tag | undefined;
  readonly info: Info | undefined;
  /** The files, sorted by path, without the manifest. */
  readonly files: readonly ManifestEntry[];
  /** Bytes of the files. */
  readonly size: number;
  /** What the store has under the tag: nothing, the same files, or others. */
  readonly stored: "absent" | "same" | "different" | undefined;
}

/** What an import would take in. */
export interface ArchiveReport<Info> extends ItemReport<Info> {
  readonly format: ArchiveFormat;
  /** The models that a bento carries. */
  readonly models: readonly ItemReport<ModelInfo>[];
  /** Why an import with these options would fail; empty when it would not. What comes behind damage is not seen. */
  readonly problems: readonly BentoError[];
}

/** Options of {@link inspectArchive} for a model: those of the import that is meant. */
export interface InspectModelOptions extends ImportModelOptions {
  readonly kind?: "model" | undefined;
}

/** Options of {@link inspectArchive} for a bento: those of the import that is meant. */
export interface InspectBentoOptions extends ImportBentoOptions {
  readonly kind: "bento";
}

/**
 * Looks at an archive as an import would, and tells what would come in and what stands against it. It reads and checks
 * all of it, and writes nothing into any store.
 * @throws BENTO_TRANSFER_FAILED, BENTO_CANCELLED, and whatever keeps it from being reached; what is wrong with the archive is in its report
 */
export function inspectArchive(source: ImportSource, options?: InspectModelOptions): Transfer<ArchiveReport<ModelInfo>>;
export function inspectArchive(source: ImportSource, options: InspectBentoOptions): Transfer<ArchiveReport<BentoInfo>>;
export function inspectArchive(
  source: ImportSource,
  options: InspectModelOptions | InspectBentoOptions = {},
): Transfer<ArchiveReport<ModelInfo>> | Transfer<ArchiveReport<BentoInfo>> {
  const inspect = async (report: ReportProgress): Promise<ArchiveReport<ModelInfo> | ArchiveReport<BentoInfo>> => {
    checkGiven(options);
    return options.kind === "bento" ? inspectBento(source, options, report) : inspectModel(source, options, report);
  };
  return new Transfer(inspect) as Transfer<ArchiveReport<ModelInfo>> | Transfer<ArchiveReport<BentoInfo>>;
}

async function inspectModel(source: ImportSource, options: InspectModelOptions, report: ReportProgress): Promise<ArchiveReport<ModelInfo>> {
  const { store = defaultStore(), existing = "error", acceptChanges = false, name, version } = options;
  const problems = new Problems();
  const opened = await problems.collect(() => readArchive(source, options, { native: "bentomodel", report }));
  if (opened === undefined) return { ...nothing, format: options.format ?? "bentomodel", models: [], problems: problems.found };
  await using reading = opened;
  const { format, budget, signal } = reading;
  const change = { name, version };
  const model = new IncomingItem(undefined, {
    kind: modelKind,
    store,
    existing: "replace",
    acceptChanges,
    change,
    base: "",
    budget,
    signal,
  });
  problems.archive = reading.name;
  const tops = await problems.collect(() =>
    receive(reading.entries, { ...reading, route: async (path) => ({ item: model.staged, path }) }),
  );
  if (tops !== undefined) await problems.collect(() => model.check({ tops, hasFile: (path) => model.files.has(path) }));
  const item = await reportOf(model, modelKind, { existing, problems });
  return { ...item, format, models: [], problems: problems.found };
}

async function inspectBento(source: ImportSource, options: InspectBentoOptions, report: ReportProgress): Promise<ArchiveReport<BentoInfo>> {
  const { store = defaultBentoStore(), models = defaultStore(), existing = "error", acceptChanges = false } = options;
  const problems = new Problems();
  const opened = await problems.collect(() => readArchive(source, options, { native: "bento", report }));
  if (opened === undefined) return { ...nothing, format: options.format ?? "bento", models: [], problems: problems.found };
  await using reading = opened;
  const { format, budget, signal } = reading;
  const incoming = await IncomingBento.open({ store, models, existing: "replace", acceptChanges, budget, signal, dryRun: true });
  problems.archive = reading.name;
  const tops = await problems.collect(() => receive(reading.entries, { ...reading, route: (path, kind) => incoming.route(path, kind) }));
  const { bento } = incoming;
  if (tops !== undefined) {
    await problems.collect(() => bento.check({ tops, hasFile: (path) => bento.files.has(path) }));
    await problems.collect(async () => incoming.checkAsked());
    for (const [tag, model] of incoming.models) await problems.collect(() => checkModel(tag, model));
  }
  const carried: ItemReport<ModelInfo>[] = [];
  for (const model of incoming.models.values()) carried.push(await reportOf(model, modelKind, undefined));
  const item = await reportOf(bento, bentoKind, { existing, problems });
  return { ...item, format, models: carried, problems: problems.found };
}

const nothing = { tag: undefined, info: undefined, files: [], size: 0, stored: undefined };

/** What is wrong with an archive, as it is found. */
class Problems {
  readonly found: BentoError[] = [];
  /** What they name, once it is known. */
  archive: string | undefined;

  /** Runs work; what is wrong with the archive is kept, everything else is thrown. */
  async collect<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await (this.archive === undefined ? work() : namingArchive(this.archive, work));
    } catch (error) {
      const isOfPlace = BentoError.is(error) && error.cause instanceof RemoteFault;
      if (!BentoError.is(error) || isOfPlace || error.status >= 499 || error.code === "BENTO_BAD_REQUEST") throw error;
      this.found.push(error);
      return undefined;
    }
  }
}

interface Decision {
  readonly existing: OnExisting;
  readonly problems: Problems;
}

async function reportOf<Info extends ItemInfo, Stored extends ComparableItem>(
  item: IncomingItem<Info, Stored>,
  kind: ItemKind<Info>,
  decision: Decision | undefined,
): Promise<ItemReport<Info>> {
  const { identity, present, isTaken } = item;
  const files = [...item.files.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const isSame = present !== undefined && (await item.differenceTo(present)) === undefined;
  if (decision !== undefined && identity !== undefined && isTaken) {
    const { existing, problems } = decision;
    if (existing === "error" || (existing === "skip" && !isSame)) problems.found.push(incomingExists(kind, identity.tag));
  }
  return {
    tag: identity?.tag,
    info: identity?.info,
    files: files.map(({ path, size, sha256 }) => ({ path, size, sha256 })),
    size: files.reduce((total, { size }) => total + size, 0),
    stored: identity === undefined ? undefined : !isTaken ? "absent" : isSame ? "same" : "different",
  };
}

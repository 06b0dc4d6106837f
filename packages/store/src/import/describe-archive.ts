import { setMaxListeners } from "node:events";
import type { Tag } from "@bento/core";
import { type ArchiveFormat, checkFormat, type NativeFormat } from "../archive/format.js";
import { checkMemory } from "../archive/memory.js";
import type { OpenArchiveOptions } from "../archive/open-archive.js";
import { ByteBudget } from "../archive/rules/byte-budget.js";
import { limitsOf } from "../archive/rules/limits.js";
import { type ImportSource, openSource } from "../archive/source/import-source.js";
import type { BentoInfo } from "../bento/bento-info.js";
import { bentoKind } from "../bento/bento-kind.js";
import type { ModelInfo } from "../model/model-info.js";
import { modelKind } from "../model/model-kind.js";
import { isStoreFile } from "../model/file-path.js";
import type { ItemInfo, ItemKind } from "../store/item-kind.js";
import { checkGiven } from "../transfer/given-options.js";
import { type ReportProgress, Transfer } from "../transfer/transfer.js";
import { findDocument, type FoundDocument } from "./find-document.js";
import type { ReadArchiveOptions } from "./import-options.js";
import { namingArchive } from "./naming-archive.js";

/** A file that an archive says it holds. */
export interface DescribedFile {
  readonly path: string;
  /** Bytes, unpacked. */
  readonly size: number;
}

/** What an archive is, as far as that is known without reading all of it. */
export interface ArchiveDescription<Info> {
  readonly tag: Tag;
  readonly info: Info;
  readonly format: ArchiveFormat;
  /** Its files, sorted by path, without the manifest; `undefined` for a tar, of which all would have to be read. */
  readonly files: readonly DescribedFile[] | undefined;
  /** Bytes of the files, where those are known. */
  readonly size: number | undefined;
  /** Bytes of the archive itself; `undefined` for a folder, and for a stream. */
  readonly archiveSize: number | undefined;
  /** Bytes that were read of it. */
  readonly bytesRead: number;
}

/** How an archive is looked at. */
export type DescribeOptions = Omit<ReadArchiveOptions, "acceptChanges" | "onWarning">;

/** Options of {@link describeArchive} for a model. */
export interface DescribeModelOptions extends DescribeOptions {
  readonly kind?: "model" | undefined;
}

/** Options of {@link describeArchive} for a bento. */
export interface DescribeBentoOptions extends DescribeOptions {
  readonly kind: "bento";
}

/**
 * Says what an archive or exported folder is, and reads as little of it as tells: of a zip its directory and
 * `model.yaml`, of a folder its list and `model.yaml`, of a tar what stands before the end of `model.yaml`. So a remote is
 * asked for kilobytes, however large the model. Nothing of the rest is checked: that is what `inspectArchive` and imports do.
 * @throws BENTO_ARCHIVE_INVALID, BENTO_ARCHIVE_UNSAFE, BENTO_MODEL_INVALID (BENTO_BENTO_INVALID), BENTO_TRANSFER_FAILED, BENTO_CANCELLED
 */
export function describeArchive(source: ImportSource, options?: DescribeModelOptions): Transfer<ArchiveDescription<ModelInfo>>;
export function describeArchive(source: ImportSource, options: DescribeBentoOptions): Transfer<ArchiveDescription<BentoInfo>>;
export function describeArchive(
  source: ImportSource,
  options: DescribeModelOptions | DescribeBentoOptions = {},
): Transfer<ArchiveDescription<ModelInfo>> | Transfer<ArchiveDescription<BentoInfo>> {
  const work = async (report: ReportProgress): Promise<ArchiveDescription<ModelInfo> | ArchiveDescription<BentoInfo>> => {
    checkGiven(options);
    return options.kind === "bento"
      ? describe(source, options, { kind: bentoKind, native: "bento", report })
      : describe(source, options, { kind: modelKind, native: "bentomodel", report });
  };
  return new Transfer(work) as Transfer<ArchiveDescription<ModelInfo>> | Transfer<ArchiveDescription<BentoInfo>>;
}

interface Describing<Info extends ItemInfo> {
  readonly kind: ItemKind<Info>;
  readonly native: NativeFormat;
  readonly report: ReportProgress;
}

async function describe<Info extends ItemInfo>(
  given: ImportSource,
  options: DescribeOptions,
  { kind, native, report }: Describing<Info>,
): Promise<ArchiveDescription<Info>> {
  const limits = limitsOf(options.limits);
  const format = options.format === undefined ? undefined : checkFormat(options.format, native);
  const signal = AbortSignal.any(options.signal === undefined ? [] : [options.signal]);
  setMaxListeners(0, signal);
  const budget = new ByteBudget(limits);
  const maxMemory = checkMemory(options.maxMemory);
  await using source = await openSource(given, { location: options, isFolder: format === "folder", signal });
  const total = source.kind === "folder" ? undefined : source.size;
  const onRead = (): void => report({ phase: "transfer", bytes: budget.bytesRead, total });
  const opening: OpenArchiveOptions = { native, format, limits, budget, onRead, onWarning: undefined, maxMemory, signal };
  // Awaited here, before the source is closed.
  return await namingArchive(source.name, async () => {
    const found = await findDocument(source, { ...opening, kind });
    const info = kind.parse(found.document, kind.document);
    return { tag: info.tag, info, format: found.format, ...listed(found, kind), archiveSize: total, bytesRead: budget.bytesRead };
  });
}

function listed({ files }: FoundDocument, { noun }: Pick<ItemKind, "noun">): Pick<ArchiveDescription<unknown>, "files" | "size"> {
  if (files === undefined) return { files: undefined, size: undefined };
  const own = files.filter(({ path }) => noun !== "model" || !isStoreFile(path));
  const size = own.reduce((sum, file) => sum + file.size, 0);
  return { files: own.map(({ path, size: bytes }) => ({ path, size: bytes })).toSorted((a, b) => (a.path < b.path ? -1 : 1)), size };
}

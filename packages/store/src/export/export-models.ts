import { BentoError, type Tag } from "@bento/core";
import { createHash } from "node:crypto";
import { unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { archiveStream } from "../archive/archive-stream.js";
import { BackupIndex, type BackedUpModel, backupFile, readBackupIndex, tagOfFile } from "../archive/backup-index.js";
import { type ArchiveFormat, checkFormat } from "../archive/format.js";
import { localPath } from "../archive/location.js";
import { defaultStore } from "../disk/file-model-store.js";
import { modelYamlName } from "../disk/layout.js";
import { makeFolders } from "../disk/make-folders.js";
import { checkSignal } from "../store/cancellation.js";
import type { ModelStore, SkippedEntry } from "../store/model-store.js";
import { writeFileTarget } from "../transfer/file-target.js";
import { checkGiven } from "../transfer/given-options.js";
import { Transfer } from "../transfer/transfer.js";
import { transferring } from "../transfer/transfer-failure.js";
import { sizeOf } from "../tree/listed-tree.js";
import type { Tree } from "../tree/tree.js";
import type { ModelSource } from "./export-model.js";
import { type ArchiveOptions, type CheckedOptions, checkOptions } from "./export-options.js";
import { sizeInside } from "./inside-backup.js";

/** How a store is backed up. */
export interface BackupOptions extends ArchiveOptions, ModelSource {
  /** Only these: names, or exact tags. Default: everything. */
  readonly names?: readonly string[] | undefined;
}

/** A model that could not be backed up, and why. */
export interface BackupFailure {
  readonly tag: Tag;
  readonly error: BentoError;
}

/** What a backup did. */
export interface BackupResult {
  /** Absolute. */
  readonly folder: string;
  /** Written by this run. */
  readonly exported: readonly Tag[];
  /** Whole there already, from an earlier run. */
  readonly unchanged: readonly Tag[];
  /** Models that could not be written; the others were. */
  readonly failed: readonly BackupFailure[];
  /** Entries of the store that are no models. */
  readonly skipped: readonly SkippedEntry[];
}

/**
 * Writes every model of a store to a folder, as `<name>/<version>.<format>`, and beside them `backup.jsonl`, which says
 * what is whole.
 *
 * Run again, it writes only what is not there in the size that was noted, or was made anew under its tag. In another
 * format it writes everything anew; each archive of the old one is removed when the new one is noted. A model that
 * cannot be read, or whose place is a link, does not stop the others: look at `failed`. The folder is made; what left the store stays in it.
 * @throws BENTO_TRANSFER_FAILED when the folder cannot be written, BENTO_CANCELLED, BENTO_MODEL_NOT_FOUND for a name that is not there, BENTO_BAD_REQUEST for `folder` and unknown formats
 */
export function exportModels(folder: string | URL, options: BackupOptions = {}): Transfer<BackupResult> {
  return new Transfer(async (report) => {
    checkGiven(options);
    const place = resolve(localPath(folder));
    const format = backupFormat(options.format);
    const checked = checkOptions(options);
    const { store = defaultStore() } = options;
    checkSignal(checked.signal, "The backup");
    await transferring("make the folder", place, async () => makeFolders(place));
    const skipped: SkippedEntry[] = [];
    const tags = await tagsOf(store, options.names, (entry) => skipped.push(entry), checked.signal);
    const known = await transferring("read", place, () => readBackupIndex(place));
    const failed: BackupFailure[] = [];
    const found = [];
    for (const tag of tags) {
      const model = await attempt({ tag, failed, signal: checked.signal }, () => lookAt(store, tag, format, checked.signal));
      if (model !== undefined) found.push({ ...model, isWhole: await isWhole(place, model, known) });
    }
    const waiting = found.filter((model) => !model.isWhole);
    const total = waiting.reduce((sum, { bytes }) => sum + bytes, 0);
    const index = await transferring("write", place, () => BackupIndex.open(place, new Set(waiting.map(({ file }) => file))));
    const exported: Tag[] = [];
    let done = 0;
    report({ phase: "transfer", bytes: 0, total });
    for (const model of waiting) {
      let current = 0;
      const onBytes = (count: number): void => report({ phase: "transfer", bytes: done + (current += count), total });
      await attempt({ tag: model.tag, failed, signal: checked.signal }, async () => {
        const written = await writeModel(place, model, format, { ...checked, onBytes });
        await transferring("write", place, () => index.add(written));
        exported.push(model.tag);
        await removeFormer(place, written, known.get(written.tag));
      });
      done += model.bytes;
    }
    report({ phase: "finish", bytes: done, total });
    return { folder: place, exported, unchanged: found.filter((model) => model.isWhole).map(({ tag }) => tag), failed, skipped };
  });
}

function backupFormat(asked: ArchiveFormat = "bentomodel"): ArchiveFormat {
  const format = checkFormat(asked, "bentomodel");
  if (format !== "folder") return format;
  throw new BentoError("BENTO_BAD_REQUEST", "A backup holds archives, not folders.", { hint: 'Use another format, for example "tar".' });
}

async function tagsOf(
  store: ModelStore,
  names: readonly string[] | undefined,
  onSkipped: (entry: SkippedEntry) => void,
  signal: AbortSignal,
): Promise<readonly Tag[]> {
  if (names === undefined) return store.listTags({ onSkipped, signal });
  const lists = [];
  for (const name of names) lists.push(await store.listTags({ name, onSkipped, signal }));
  return [...new Map(lists.flat().map((tag) => [tag.toString(), tag])).values()];
}

/** A model that is to be in the backup. */
interface BackupModel {
  readonly tag: Tag;
  readonly tree: Tree;
  /** Bytes of its files. */
  readonly bytes: number;
  /** Where its archive goes, below the backup's folder. */
  readonly file: string;
  /** SHA-256 of its `model.yaml`. */
  readonly modelYaml: string;
}

async function lookAt(store: ModelStore, tag: Tag, format: ArchiveFormat, signal: AbortSignal): Promise<BackupModel> {
  const model = await store.get(tag);
  const tree = model.tree();
  const document = await tree.read(modelYamlName, { signal });
  return {
    tag,
    tree,
    bytes: sizeOf(await tree.entries({ signal })),
    file: backupFile(tag, format),
    modelYaml: createHash("sha256").update(document).digest("hex"),
  };
}

async function isWhole(folder: string, model: BackupModel, known: ReadonlyMap<string, BackedUpModel>): Promise<boolean> {
  const entry = known.get(model.tag.toString());
  if (entry === undefined || entry.file !== model.file || entry.modelYaml !== model.modelYaml) return false;
  // A link in its place is told of when the archive is to be written.
  return (await sizeInside(folder, entry.file).catch(() => undefined)) === entry.size;
}

async function writeModel(
  folder: string,
  { tag, tree, file, modelYaml }: BackupModel,
  format: ArchiveFormat,
  packing: CheckedOptions & { readonly onBytes: (count: number) => void },
): Promise<BackedUpModel> {
  const target = join(folder, file);
  await sizeInside(folder, file);
  await transferring("make the folder", dirname(target), async () => makeFolders(dirname(target)));
  const hash = createHash("sha256");
  async function* hashed(): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of archiveStream(tree, format, packing)) {
      hash.update(chunk);
      yield chunk;
    }
  }
  const size = await writeFileTarget(target, hashed(), { signal: packing.signal, onFinish: () => {} });
  return { tag: tag.toString(), file, size, sha256: hash.digest("hex"), modelYaml };
}

/** Removes the archive of another format that the new one takes the place of. Best effort: an import passes over it. */
async function removeFormer(folder: string, { tag, file }: BackedUpModel, former: BackedUpModel | undefined): Promise<void> {
  // An index from elsewhere may name any file.
  if (former === undefined || former.file === file || tagOfFile(former.file) !== tag) return;
  await unlink(join(folder, former.file)).catch(() => {});
}

/** Whose work it is, and where its failure is noted. */
interface Attempt {
  readonly tag: Tag;
  readonly failed: BackupFailure[];
  readonly signal: AbortSignal;
}

/** Does one model's work; what goes wrong with it alone is noted. */
async function attempt<T>({ tag, failed, signal }: Attempt, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!BentoError.is(error) || signal.aborted) throw error;
    failed.push({ tag, error });
    return undefined;
  }
}

import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { Tag, type TagLike } from "@bento/core";
import {
  type BentoStore,
  FileBentoStore,
  FileModelStore,
  type ModelStore,
  type Progress,
  resolveHome,
  Transfer,
  withProcessLock,
} from "@bento/store";
import { cancellation } from "@bento/store/archives";
import type { Exportable } from "./exportable.js";
import { readIndex, writeIndex } from "./index-file.js";
import type { IndexEntry, StaticIndex } from "./layout.js";
import { removeUnneeded, stillThere } from "./prune.js";
import { selectionOf, type Stores } from "./selection.js";
import { type ExportedContent, writeContent } from "./write-content.js";

/** Options of {@link exportStatic}. */
export interface ExportStaticOptions {
  /** Which models: tags, where a name alone means all its versions. Default: all, unless `bentos` names some. */
  readonly tags?: readonly TagLike[] | undefined;
  /** Which bentos, and the models that they need. Default: all, unless `tags` names models. */
  readonly bentos?: readonly TagLike[] | undefined;
  /** Where the models are. Default: the file store of the home. */
  readonly store?: ModelStore | undefined;
  /** Where the bentos are. Default: the file store of the home. */
  readonly bentoStore?: BentoStore | undefined;
  /** Whether what the stores no longer have is taken out of the folder. Default: it stays. */
  readonly prune?: boolean | undefined;
  /** Where is kept what a next try goes on with. Default: BENTOML_HOME, else `~/bentoml`. */
  readonly home?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A model or bento of an export, and whether it was there already. */
export interface ExportedItem {
  readonly tag: Tag;
  readonly outcome: "exported" | "present";
}

/** What an export ends with. */
export interface StaticExport {
  /** Absolute. */
  readonly folder: string;
  readonly models: readonly ExportedItem[];
  readonly bentos: readonly ExportedItem[];
  /** Models that the bentos need, and neither the store nor the folder has. */
  readonly missing: readonly Tag[];
  /** What was taken out of the folder. */
  readonly removed: { readonly models: readonly Tag[]; readonly bentos: readonly Tag[] };
  /** Of all that was exported, of what was written, and of what was removed. */
  readonly bytes: { readonly total: number; readonly written: number; readonly removed: number };
}

/**
 * Writes models and bentos into a folder from which any web server or bucket can give them: `static+https://host/path`
 * is its endpoint then. What is there already is not written again; versions that the folder has stay, unless `prune`
 * says to take out what is gone from the stores.
 *
 * Files are named by their digests and never change; the index, which does, is replaced in one step when all it names is
 * there, and before anything is removed. So the folder can be served while it is written to, and an export that is killed
 * leaves it in order. The same models and bentos make the same bytes. Only one home must write into a folder.
 * @throws BENTO_MODEL_NOT_FOUND, BENTO_BENTO_NOT_FOUND; BENTO_INTEGRITY_FAILED for a model that is not what was saved; BENTO_STORE_FAILED, BENTO_CONFLICT where a folder holds something else
 */
export function exportStatic(folder: string, options: ExportStaticOptions = {}): Transfer<StaticExport> {
  const out = resolve(folder);
  return new Transfer(async (report) => {
    const { home = resolveHome(), signal = new AbortController().signal } = options;
    const lock = join(resolve(home), "tmp", `static-${createHash("sha256").update(out).digest("hex").slice(0, 16)}.lock`);
    try {
      // Two at once would each write an index without what the other brought.
      return await withProcessLock(lock, () => write(out, options, { home: resolve(home), signal, report }), { signal });
    } catch (error) {
      throw signal.aborted ? cancellation(signal, `Writing ${JSON.stringify(out)}`) : error;
    }
  });
}

interface Surroundings {
  readonly home: string;
  readonly signal: AbortSignal;
  readonly report: (progress: Progress) => void;
}

async function write(out: string, options: ExportStaticOptions, { home, signal, report }: Surroundings): Promise<StaticExport> {
  const { store: models = new FileModelStore(options.home), bentoStore: bentos = new FileBentoStore(options.home) } = options;
  const stores: Stores = { models, bentos };
  const { items, missing } = await selectionOf(stores, options);
  const before = await readIndex(out);
  const entries = { model: byTag(before.models), bento: byTag(before.bentos) };
  const exported: Record<Exportable["noun"], ExportedItem[]> = { model: [], bento: [] };
  const total = items.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  let written = 0;
  for (const item of items) {
    const { noun, tag } = item;
    const known = entries[noun].get(String(tag))?.digest;
    const onBytes = (bytes: number): void => report({ phase: "transfer", bytes: (done += bytes), total });
    const content = await writeContent(out, item, await item.content({ out, known, home, signal }), { signal, onBytes });
    written += content.written;
    exported[noun].push({ tag, outcome: known === content.digest ? "present" : "exported" });
    entries[noun].set(String(tag), await entryOf(item, content));
  }
  const all: StaticIndex = { format: 1, models: [...entries.model.values()], bentos: [...entries.bento.values()] };
  const after = options.prune === true ? await stillThere(all, stores) : all;
  await writeIndex(out, after);
  const removed = options.prune === true ? await removeUnneeded(out, after, signal) : 0;
  report({ phase: "finish", bytes: total, total });
  return {
    folder: out,
    models: exported.model,
    bentos: exported.bento,
    missing: missing.filter((tag) => !after.models.some(({ name, version }) => tag.equals(new Tag(name, version)))),
    removed: { models: without(all.models, after.models), bentos: without(all.bentos, after.bentos) },
    bytes: { total, written, removed },
  };
}

function byTag(entries: readonly IndexEntry[]): Map<string, IndexEntry> {
  return new Map(entries.map((entry) => [`${entry.name}:${entry.version}`, entry]));
}

async function entryOf(item: Exportable, { digest, size }: ExportedContent): Promise<IndexEntry> {
  const { labels, description, manifest, build_at } = await item.record();
  const { name, version } = item.tag;
  return { name, version, digest, size_bytes: size, labels: [...labels], description, manifest, build_at };
}

function without(entries: readonly IndexEntry[], remaining: readonly IndexEntry[]): readonly Tag[] {
  return entries.filter((entry) => !remaining.includes(entry)).map(({ name, version }) => new Tag(name, version));
}

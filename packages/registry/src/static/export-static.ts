import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { BentoError, Tag, type TagLike } from "@bento/core";
import { FileModelStore, type ModelStore, type Progress, resolveHome, type StoredModel, Transfer, withProcessLock } from "@bento/store";
import { cancellation, isErrno, onDisk } from "@bento/store/archives";
import { modelRecord } from "../records/record.js";
import { byAge, type IndexEntry, indexName, staticIndex, type StaticIndex } from "./layout.js";
import { type ExportedContent, writeContent } from "./write-content.js";
import { writeWhole } from "./write-file.js";

/** Options of {@link exportStatic}. */
export interface ExportStaticOptions {
  /** Which models: tags, where a name alone means all its versions. Default: all. */
  readonly tags?: readonly TagLike[] | undefined;
  /** Where they are. Default: the file store of the home. */
  readonly store?: ModelStore | undefined;
  /** Where is kept what a next try goes on with. Default: BENTOML_HOME, else `~/bentoml`. */
  readonly home?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What an export ends with. */
export interface StaticExport {
  /** Absolute. */
  readonly folder: string;
  /** Each model, and whether it was there already. */
  readonly models: readonly { readonly tag: Tag; readonly outcome: "exported" | "present" }[];
  /** Of all models, and of what was written. */
  readonly bytes: { readonly total: number; readonly written: number };
}

/**
 * Writes models into a folder from which any web server or bucket can give them: `static+https://host/path` is its
 * endpoint then. What is there already is not written again; versions that the folder has stay.
 *
 * Files are named by their digests and never change; the index, which does, is replaced in one step when all it names is
 * there. So the folder can be served while it is written to. The same models make the same bytes.
 * @throws BENTO_MODEL_NOT_FOUND; BENTO_INTEGRITY_FAILED for a model that is not what was saved; BENTO_STORE_FAILED, BENTO_CONFLICT where a folder holds something else
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

async function write(
  out: string,
  { tags, store, home: given }: ExportStaticOptions,
  { home, signal, report }: Surroundings,
): Promise<StaticExport> {
  const from = store ?? new FileModelStore(given);
  const models = await modelsOf(from, tags);
  const before = await readIndex(out);
  const total = models.reduce((sum, { size }) => sum + size, 0);
  const entries = new Map(before.models.map((entry) => [`${entry.name}:${entry.version}`, entry]));
  const exported: StaticExport["models"][number][] = [];
  let done = 0;
  let written = 0;
  for (const model of models) {
    const onBytes = (bytes: number): void => report({ phase: "transfer", bytes: (done += bytes), total });
    const known = entries.get(String(model.tag));
    const content = await writeContent(out, model, { known: known?.digest, home, signal, onBytes });
    written += content.written;
    exported.push({ tag: model.tag, outcome: known?.digest === content.digest ? "present" : "exported" });
    entries.set(String(model.tag), entryOf(model, content));
  }
  await writeIndex(out, { ...before, models: [...entries.values()] });
  report({ phase: "finish", bytes: total, total });
  return { folder: out, models: exported, bytes: { total, written } };
}

async function modelsOf(store: ModelStore, tags: readonly TagLike[] | undefined): Promise<readonly StoredModel[]> {
  const wanted = new Map<string, Tag>();
  if (tags === undefined) for (const tag of await store.listTags()) wanted.set(String(tag), tag);
  for (const given of tags ?? []) {
    const tag = Tag.from(given);
    const found = tag.version === undefined ? await store.listTags({ name: tag.name }) : [(await store.get(tag)).tag];
    for (const one of found) wanted.set(String(one), one);
  }
  const models: StoredModel[] = [];
  for (const tag of wanted.values()) models.push(await store.get(tag));
  return models;
}

function entryOf(model: StoredModel, { digest, size }: ExportedContent): IndexEntry {
  const { labels, description, manifest, build_at } = modelRecord(model);
  const { name, version } = model.tag as Tag & { readonly version: string };
  return { name, version, digest, size_bytes: size, labels: [...labels], description, manifest, build_at };
}

/** What a folder lists so far. @throws BENTO_CONFLICT for a file that is no index: nothing of others is written over */
async function readIndex(out: string): Promise<StaticIndex> {
  const path = join(out, indexName);
  const text = await onDisk("read", path, () => readFile(path, "utf8").catch(absent));
  if (text === undefined) return { format: 1, models: [], bentos: [] };
  const parsed = staticIndex.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new BentoError("BENTO_CONFLICT", `${JSON.stringify(path)} is there already, and no index of a registry.`, {
    hint: "Export into another folder.",
  });
}

async function writeIndex(out: string, { models, bentos }: StaticIndex): Promise<void> {
  const path = join(out, indexName);
  const ordered = models.toSorted((a, b) => (a.name === b.name ? byAge(a, b) : a.name < b.name ? -1 : 1));
  const text = `${JSON.stringify({ format: 1, models: ordered, bentos }, undefined, 1)}\n`;
  if ((await readFile(path, "utf8").catch(absent)) === text) return;
  await writeWhole(path, [Buffer.from(text)]);
}

function absent(error: unknown): undefined {
  if (!isErrno(error, "ENOENT")) throw error;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

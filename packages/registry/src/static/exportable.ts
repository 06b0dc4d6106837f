import { createHash } from "node:crypto";
import { join } from "node:path";
import { bareBentoTree, type ModelStore, type StoredBento, type StoredModel, type TreeEntry } from "@bento/store";
import { isStoreFile, manifestName, modelKind } from "@bento/store/archives";
import type { ExactTag, Noun, VersionRecord } from "../api/registry-api.js";
import { describeContent } from "../content/describe-content.js";
import { describeModel } from "../content/describe-model.js";
import { bentoRecord, modelRecord } from "../records/record.js";
import { HashThreads } from "../transfer/hash-threads.js";
import { TransferFolder } from "../transfer/transfer-folder.js";
import type { ContentDocument } from "../wire/content.js";
import { readContent } from "./content-file.js";

/** What describing an item needs. */
export interface DescribeOptions {
  /** The folder that is written to, and the digest of what it has under the tag. */
  readonly out: string;
  readonly known: string | undefined;
  readonly home: string;
  readonly signal: AbortSignal;
}

/** A model or bento that is written into a folder. */
export interface Exportable {
  readonly noun: Noun;
  readonly tag: ExactTag;
  /** Where its files are. Absolute. */
  readonly folder: string;
  /** Bytes of its files. */
  readonly size: number;
  /** @throws BENTO_INTEGRITY_FAILED for files that are not what the manifest says */
  content(options: DescribeOptions): Promise<ContentDocument>;
  record(): Promise<VersionRecord>;
}

/** A model of a store. */
export function exportableModel(model: StoredModel): Exportable {
  return {
    noun: "model",
    tag: model.tag as ExactTag,
    folder: model.path,
    size: model.size,
    content: async (options) => (await unchanged(model, options)) ?? (await describeModel(model, options)),
    record: async () => modelRecord(model),
  };
}

/** A bento of a store, without its models. @param models where these are, whose size it tells */
export function exportableBento(bento: StoredBento, models: ModelStore): Exportable {
  return {
    noun: "bento",
    tag: bento.tag as ExactTag,
    folder: bento.path,
    size: bento.size,
    content: (options) => describeBento(bento, options),
    record: () => bentoRecord(bento, models),
  };
}

async function describeBento(bento: StoredBento, { home, signal }: DescribeOptions): Promise<ContentDocument> {
  await using transfer = await TransferFolder.open(join(home, "tmp", "transfers"), ["describe", bento.path]);
  await using threads = new HashThreads();
  const stop = (): void => void threads[Symbol.asyncDispose]();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const { journal } = transfer;
    const content = await describeContent({ tree: bareBentoTree(bento), folder: bento.path, threads, journal, signal });
    await transfer.done();
    return content;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/**
 * The content that the folder has, if the model cannot have another: the same files of the same sizes, and byte for byte
 * the same manifest, signature and document. Models never change, so what the manifest says need not be read again.
 */
async function unchanged(model: StoredModel, { out, known, signal }: DescribeOptions): Promise<ContentDocument | undefined> {
  const content = known === undefined ? undefined : await readContent(out, known);
  if (content === undefined || !content.files.some(({ path }) => path === manifestName)) return undefined;
  const entries = await model.tree().entries({ signal });
  if (linesOf(content.files) !== linesOf(entries.filter((entry: TreeEntry) => entry.kind === "file"))) return undefined;
  for (const { path, sha256 } of content.files) {
    if (!isStoreFile(path) && path !== modelKind.document) continue;
    const bytes = await model.read(path);
    if (createHash("sha256").update(bytes).digest("hex") !== sha256) return undefined;
  }
  return content;
}

function linesOf(files: readonly { path: string; size: number; executable: boolean }[]): string {
  return JSON.stringify(files.map(({ path, size, executable }) => [path, size, executable]));
}

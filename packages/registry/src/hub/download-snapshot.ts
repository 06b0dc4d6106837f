import { BentoError } from "@bento/core";
import { type Progress, Transfer } from "@bento/store";
import { parallelParts } from "../transfer/parallel-parts.js";
import { downloadBlob } from "./download-blob.js";
import { lockFile } from "./file-lock.js";
import { cacheFailure } from "./hub-failures.js";
import type { HubFile } from "./listing.js";
import { type HubSnapshot, Snapshots, type SnapshotOptions } from "./snapshot.js";

/** Options of {@link downloadSnapshot}. */
export interface DownloadOptions extends SnapshotOptions {
  /** How many files come at once, at most. @default 8 */
  readonly parallel?: number | undefined;
}

/**
 * Gets a model of the Hugging Face hub into the cache that Python's `huggingface_hub` uses as well, and nothing of it
 * that is there already: of a commit that is there whole, without a call.
 *
 * Every file is checked against the hash that the hub gives. A file becomes visible when it is whole and right; one that
 * was cut short goes on where it ended. Processes of one machine, Python's too, wait for each other.
 *
 * ```ts
 * const { path, commit } = await downloadSnapshot("google-bert/bert-base-uncased", { include: ["*.json", "*.safetensors"] });
 * ```
 * @throws BENTO_MODEL_NOT_FOUND, BENTO_FORBIDDEN (gated), BENTO_UNAUTHORIZED, BENTO_REGISTRY_FAILED (no network),
 * BENTO_INTEGRITY_FAILED, BENTO_ARCHIVE_UNSAFE for names of files that lead elsewhere, BENTO_STORE_FAILED, BENTO_CANCELLED
 */
export function downloadSnapshot(modelId: string, options: DownloadOptions = {}): Transfer<HubSnapshot> {
  return new Transfer((report) => download(modelId, options, report));
}

/**
 * The commit that a revision of a model means now, without its files.
 * @throws as {@link downloadSnapshot}
 */
export async function resolveRevision(modelId: string, options: SnapshotOptions = {}): Promise<string> {
  return whileWanted(modelId, options.signal, () => new Snapshots(modelId, options).commit());
}

async function download(modelId: string, options: DownloadOptions, report: (progress: Progress) => void): Promise<HubSnapshot> {
  return whileWanted(modelId, options.signal, async () => {
    const snapshots = new Snapshots(modelId, options);
    const commit = await snapshots.commit();
    const snapshot = (await atHand(snapshots, commit)) ?? (await fetchMissing(snapshots, commit, options, report));
    // Only now, as whoever is offline takes what it names for whole. It is a convenience: the cache may be read-only.
    await snapshots.folder.writeRef(snapshots.target.revision, commit).catch(() => undefined);
    return snapshot;
  });
}

/** What is had without asking for the list, or in spite of nobody answering. */
async function atHand(snapshots: Snapshots, commit: string): Promise<HubSnapshot | undefined> {
  const whole = await snapshots.whole(commit);
  if (whole !== undefined) return whole;
  const unlisted = await snapshots.unlisted(commit);
  if (unlisted === undefined || snapshots.isCut) return unlisted;
  try {
    await snapshots.wanted(commit);
    return undefined;
  } catch (error) {
    if (BentoError.is(error, "BENTO_REGISTRY_FAILED")) return unlisted;
    throw error;
  }
}

async function fetchMissing(
  snapshots: Snapshots,
  commit: string,
  options: DownloadOptions,
  report: (progress: Progress) => void,
): Promise<HubSnapshot> {
  const { folder } = snapshots;
  const wanted = await snapshots.wanted(commit);
  snapshots.checkOnline();
  const path = folder.lock(commit);
  await using lock = await lockFile(path, options.signal).catch((error: unknown) => Promise.reject(cacheFailure(error, "lock", path)));
  // Whoever had the lock may have got what was missing.
  const missing = await snapshots.missing(commit, wanted);
  if (missing.length > 0) await fetchBlobs(snapshots, commit, missing, options, report);
  try {
    for (const file of missing) await folder.link(commit, file.path, file.digest);
  } catch (error) {
    throw cacheFailure(error, "write", folder.snapshot(commit));
  }
  void lock;
  return snapshots.snapshot(commit, wanted);
}

async function fetchBlobs(
  { folder, connection }: Snapshots,
  commit: string,
  files: readonly HubFile[],
  { parallel = 8, signal }: DownloadOptions,
  report: (progress: Progress) => void,
): Promise<void> {
  // The same content may stand under several names. Large ones first, so that none of them is left for the end.
  const blobs = [...new Map(files.map((file) => [file.digest, file])).values()].toSorted((a, b) => b.size - a.size);
  const total = blobs.reduce((sum, { size }) => sum + size, 0);
  let bytes = 0;
  const count = (more: number): void => report({ phase: "transfer", bytes: (bytes += more), total });
  count(0);
  await parallelParts({ items: blobs, start: Math.min(4, parallel), most: parallel, signal }, async (file, lane) => {
    await downloadBlob(file, { connection: connection.within(lane.signal), folder, commit, signal: lane.signal, report: count });
    return file.size;
  });
  report({ phase: "finish", bytes: total, total });
}

/** Says in our own words that the caller stopped it. */
async function whileWanted<T>(modelId: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    signal?.throwIfAborted();
    return await work();
  } catch (error) {
    if (signal?.aborted !== true || BentoError.is(signal.reason)) throw error;
    throw new BentoError("BENTO_CANCELLED", `The download of the model ${JSON.stringify(modelId)} was cancelled by its caller.`, {
      cause: signal.reason,
    });
  }
}

import { join } from "node:path";
import { BentoError } from "@bento/core";
import { bentoKind, cancellation, importLanded, modelKind, roomForChunks } from "@bento/store/archives";
import { isTransient } from "../api/http.js";
import type { Pulled, PullWork } from "../protocol.js";
import { HashThreads } from "../transfer/hash-threads.js";
import { parallelParts } from "../transfer/parallel-parts.js";
import { TransferFolder } from "../transfer/transfer-folder.js";
import type { ContentDocument } from "../wire/content.js";
import { checkContent } from "./check-content.js";
import { ContentCalls } from "./content-calls.js";
import { PartFetch } from "./fetch-part.js";
import { bySha256, Landing } from "./landing.js";
import { takeLocalParts } from "./local-parts.js";
import { PartProgress } from "./part-progress.js";

/**
 * Pulls an item from a registry of ours: asks for the digests of all its parts, takes those that are on this machine
 * from there, and fetches the others.
 *
 * Every part is digested as it lands, every file as a whole; then the manifest is compared, and all becomes visible in
 * one step. A pull that was cut off, by a signal or by the end of its process, goes on where it was.
 * @throws BENTO_INTEGRITY_FAILED, BENTO_ARCHIVE_UNSAFE for what a registry gives that cannot be right; BENTO_REGISTRY_FAILED, BENTO_CANCELLED ...
 */
export async function pullContent(work: PullWork): Promise<Pulled> {
  const { api, noun, tag, home, signal } = work;
  using _ = roomForChunks();
  try {
    const calls = new ContentCalls(api, noun, tag);
    const described = await calls.content();
    const content = checkContent(described, tag);
    const what = ["pull", api.http.endpoint, noun, String(tag), described.digest];
    await using transfer = await TransferFolder.open(join(home, "tmp", "transfers"), what);
    await using threads = new HashThreads();
    const landing = new Landing(transfer, content, threads);
    await fetchAll(work, { calls, content, landing, threads });
    const item = await takeIn(work, content, landing).catch(async (error: unknown) => {
      // All parts were right, and yet it cannot be: another try would end in the same.
      if (isHopeless(error)) await transfer.done();
      throw error;
    });
    await transfer.done();
    return { item, verified: "digests" };
  } catch (error) {
    if (signal.aborted) throw cancellation(signal, `Pulling ${JSON.stringify(String(tag))}`);
    throw error;
  }
}

interface Fetching {
  readonly calls: ContentCalls;
  readonly content: ContentDocument;
  readonly landing: Landing;
  readonly threads: HashThreads;
}

async function fetchAll(work: PullWork, { calls, content, landing, threads }: Fetching): Promise<void> {
  const { api, noun, tag, signal, parallel, report } = work;
  const total = content.files.reduce((bytes, { size }) => bytes + size, 0);
  const progress = new PartProgress(total, report);
  const stop = (): void => void threads[Symbol.asyncDispose]();
  signal.addEventListener("abort", stop, { once: true });
  try {
    progress.begin({ resumed: await landing.recall() });
    const store = noun === "model" ? work.models : work.bentos;
    const onPart = (bytes: number): void => progress.skipped(bytes);
    await takeLocalParts({ landing, partSize: content.partSize, store, tag, threads, signal, onPart });
    await parallelParts({ items: bySha256(landing.missing()), most: parallel, signal }, async ([slot, ...others], lane) => {
      const file = await landing.open(slot);
      try {
        const isRight = (): Promise<boolean> => landing.isRight(slot);
        const part = new PartFetch(slot, { calls, file, isRight, progress, signal: lane.signal });
        const mayPass = (error: unknown): boolean => isTransient(error) || (isWrong(error) && part.mayComeRight);
        const retry = { signal: lane.signal, isTransient: mayPass, onRetry: () => lane.trouble() };
        await api.retried((attempt) => part.attempt(attempt), retry);
      } finally {
        await file.close();
      }
      landing.landed(slot);
      const bytes = slot.range.end - slot.range.start;
      for (const other of others) if (await landing.copy(other, slot.range, lane.signal)) progress.skipped(bytes);
      return bytes;
    });
    progress.finish();
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function takeIn(work: PullWork, { folders }: ContentDocument, landing: Landing): Promise<Pulled["item"]> {
  const { tag, models, bentos, signal } = work;
  const files = await landing.files();
  const options = { expected: tag, existing: work.existing === "replace" ? "replace" : "skip", signal } as const;
  const { item } =
    work.noun === "model"
      ? await importLanded({ folders, files }, { ...options, kind: modelKind, store: models })
      : await importLanded({ folders, files }, { ...options, kind: bentoKind, store: bentos });
  return item;
}

function isWrong(error: unknown): boolean {
  return BentoError.is(error, "BENTO_INTEGRITY_FAILED");
}

function isHopeless(error: unknown): boolean {
  return isWrong(error) || BentoError.is(error, "BENTO_ARCHIVE_UNSAFE") || BentoError.is(error, "BENTO_ARCHIVE_INVALID");
}

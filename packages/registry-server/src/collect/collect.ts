import type { AuditLog } from "../audit/audit-log.js";
import type { BlobStore } from "../blobs/blob-store.js";
import type { CollectionLease } from "../catalog/collection-lease.js";
import type { PartCatalog } from "../catalog/part-catalog.js";
import type { UploadStore } from "../uploads/upload-store.js";
import { Lease, usualLeaseMs } from "./lease.js";

/** What a collection works on. */
export interface CollectParts {
  readonly catalog: Pick<PartCatalog, "expirePushes" | "sweepContents" | "condemnParts" | "condemnUnknown" | "forgetParts"> &
    CollectionLease;
  readonly blobs: Pick<BlobStore, "delete" | "list" | "sweep">;
  readonly uploads: Pick<UploadStore, "remove" | "sweep">;
  readonly audit: Pick<AuditLog, "forget">;
}

/** When a collection takes what. */
export interface CollectOptions {
  /** Parts that were stored so long ago, at least, are collected; a push that begins again finds the younger ones. Default an hour. */
  readonly graceMs?: number | undefined;
  /** What the audit log says is kept for so long. @default 365 */
  readonly auditDays?: number | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** So long after a server was heard of last another one collects in its place. */
  readonly leaseMs?: number | undefined;
}

/** What a collection removed. */
export interface Collected {
  /** Pushes whose time was over. */
  readonly pushes: number;
  /** Contents that nobody referred to. */
  readonly contents: number;
  /** Parts that nobody referred to. */
  readonly parts: number;
  /** Entries of the audit log whose time was over. */
  readonly auditEntries: number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** An upload of the plain API in which nothing has come for so long belongs to no push any more: those end earlier. */
const uploadMs = 7 * dayMs;
/** Blobs that are looked up together, and deletions under way at once. */
const batch = 500;
const atOnce = 8;

/**
 * Removes what nobody needs: pushes whose time is over, what they had sent, parts of no version and no push, what the audit log has
 * kept for long enough. Undefined where another
 * server over the same database is at it.
 *
 * A part is condemned first, in one step with the look at who needs it. From then on a push that would count on it is told
 * that it is missing; so nothing that is being pushed is ever taken away, and what a crash left condemned the next
 * collection removes.
 * @throws BENTO_CONFLICT where another server has taken over
 */
export async function collect(parts: CollectParts, options: CollectOptions = {}): Promise<Collected | undefined> {
  await using lease = await Lease.take(parts.catalog, options.leaseMs ?? usualLeaseMs);
  return lease && (await collectAlone(parts, options, lease));
}

async function collectAlone(stores: CollectParts, options: CollectOptions, lease: Lease): Promise<Collected> {
  const { catalog, blobs, uploads, audit } = stores;
  const { graceMs = hourMs, auditDays = 365, now = Date.now, signal } = options;
  const expired = await catalog.expirePushes();
  for (const { upload } of expired) if (upload !== null) await uploads.remove(upload);
  const contents = await catalog.sweepContents();
  let parts = 0;
  const remove = async (sha256s: readonly string[]): Promise<void> => {
    signal?.throwIfAborted();
    // What was taken over while this process slept somebody may have pushed again.
    await eachOf(sha256s, async (sha256) => {
      await lease.hold();
      await blobs.delete(sha256);
    });
    await lease.hold();
    await catalog.forgetParts(sha256s);
    parts += sha256s.length;
  };
  const before = new Date(now() - graceMs);
  for await (const condemned of catalog.condemnParts(before.toISOString())) await remove(condemned);
  // Blobs that no row tells of: whoever wrote them died in between.
  for await (const found of batchesOf(olderThan(blobs, before, signal))) {
    const condemned = await catalog.condemnUnknown(found);
    if (condemned.length > 0) await remove(condemned);
  }
  await blobs.sweep();
  await uploads.sweep(new Date(now() - uploadMs));
  const auditEntries = await audit.forget(new Date(now() - auditDays * dayMs).toISOString());
  return { pushes: expired.length, contents, parts, auditEntries };
}

async function* olderThan(blobs: Pick<BlobStore, "list">, before: Date, signal: AbortSignal | undefined): AsyncGenerator<string, void> {
  for await (const { sha256, modified } of blobs.list({ signal })) if (modified < before) yield sha256;
}

async function* batchesOf(items: AsyncIterable<string>): AsyncGenerator<readonly string[], void> {
  let gathered: string[] = [];
  for await (const item of items) {
    gathered.push(item);
    if (gathered.length < batch) continue;
    yield gathered;
    gathered = [];
  }
  if (gathered.length > 0) yield gathered;
}

async function eachOf(items: readonly string[], work: (item: string) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const lanes = Array.from({ length: atOnce }, async () => {
    for (const item of waiting) await work(item);
  });
  // All have stopped when this returns: nothing is deleted behind anybody's back.
  for (const result of await Promise.allSettled(lanes)) if (result.status === "rejected") throw result.reason;
}

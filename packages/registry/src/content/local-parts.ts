import { join } from "node:path";
import { BentoError, type Tag } from "@bento/core";
import type { StoredBento, StoredModel } from "@bento/store";
import type { ExactTag } from "../api/registry-api.js";
import type { FileRange, HashThreads } from "../transfer/hash-threads.js";
import { partsOf } from "./landing-file.js";
import { bySha256, type Landing } from "./landing.js";

/** Parts that a thread looks at in one go. */
const batchParts = 8;

/** What is looked through for parts. */
export interface LocalStore {
  listTags(options: { readonly name: string }): Promise<readonly Tag[]>;
  get(tag: string | Tag): Promise<StoredModel | StoredBento>;
}

/** What {@link takeLocalParts} works with. */
export interface LocalPartsOptions {
  readonly landing: Landing;
  readonly partSize: number;
  readonly store: LocalStore;
  readonly tag: ExactTag;
  readonly threads: HashThreads;
  readonly signal: AbortSignal;
  /** Told of the bytes of each part that was there. */
  readonly onPart: (bytes: number) => void;
}

/**
 * Takes the parts that are missing from what is on this machine: from the newest version of the same name, and from that
 * which is going to be replaced. To digest those takes a fraction of the time in which a network brings as many bytes.
 */
export async function takeLocalParts({ landing, partSize, store, tag, threads, signal, onPart }: LocalPartsOptions): Promise<void> {
  const items = await candidates(store, tag);
  if (items.length === 0) return;
  const wanted = new Map(bySha256(landing.missing()).map((slots) => [slots[0].sha256, slots] as const));
  for (const item of items) {
    if (wanted.size === 0) return;
    for (const batch of batchesOf(await rangesOf(item, partSize, signal))) {
      signal.throwIfAborted();
      const digests = await threads.digests(batch);
      for (const [index, digest] of digests.entries()) {
        const slots = wanted.get(digest) ?? [];
        wanted.delete(digest);
        for (const slot of slots) {
          if (await landing.copy(slot, batch[index] as FileRange, signal)) onPart(slot.range.end - slot.range.start);
        }
      }
    }
  }
}

async function candidates(store: LocalStore, tag: ExactTag): Promise<readonly (StoredModel | StoredBento)[]> {
  const items = [await found(store, tag.name), await found(store, tag)];
  return items.filter((item, index) => item !== undefined && items.findIndex((other) => other?.path === item.path) === index) as (
    | StoredModel
    | StoredBento
  )[];
}

/** What cannot be read is of no help here, and of no harm. */
async function found(store: LocalStore, tag: string | ExactTag): Promise<StoredModel | StoredBento | undefined> {
  try {
    // No prefixes.
    if (typeof tag !== "string" && (await store.listTags({ name: String(tag) })).length === 0) return undefined;
    return await store.get(tag);
  } catch (error) {
    if (BentoError.is(error)) return undefined;
    throw error;
  }
}

async function rangesOf(item: StoredModel | StoredBento, partSize: number, signal: AbortSignal): Promise<readonly FileRange[]> {
  const entries = await item.tree().entries({ signal });
  return entries.flatMap((entry) => (entry.kind === "file" ? partsOf(join(item.path, entry.path), entry.size, partSize) : []));
}

function* batchesOf(ranges: readonly FileRange[]): Generator<readonly FileRange[], void> {
  for (let start = 0; start < ranges.length; start += batchParts) yield ranges.slice(start, start + batchParts);
}

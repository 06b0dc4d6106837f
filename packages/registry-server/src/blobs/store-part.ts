import { BentoError } from "@bento/core";
import { setTimeout as wait } from "node:timers/promises";
import type { PartCatalog } from "../catalog/part-catalog.js";
import type { BlobStore } from "./blob-store.js";

/** What taking in parts needs. */
export interface PartStores {
  readonly catalog: Pick<PartCatalog, "holdPart" | "addPart">;
  readonly blobs: BlobStore;
}

/** A part on its way in. */
export interface IncomingPart {
  readonly sha256: string;
  /** Bytes, where the sender said so. */
  readonly size: number | undefined;
  readonly source: AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal | undefined;
}

/** How long a part that is just being removed is waited for, and how long at a time. */
const patienceMs = 10_000;
const pauseMs = 50;

/**
 * Takes in a part of a push, unless it is there already: then nothing is read. The push holds it from before the first
 * byte, so that no collection takes it for one that nobody needs.
 * @returns whether it was there
 * @throws what the catalog's `holdPart` and the store's `put` throw; BENTO_INTEGRITY_FAILED for a size that the push did not announce
 */
export async function storePart({ catalog, blobs }: PartStores, push: string, part: IncomingPart): Promise<boolean> {
  const { sha256, source, signal } = part;
  const held = await holdPart(catalog, push, sha256, signal);
  const size = part.size ?? held.size;
  if (size === undefined || (held.size !== undefined && held.size !== size)) {
    throw new BentoError("BENTO_INTEGRITY_FAILED", `The part ${sha256} has ${size ?? "no"} bytes, but ${held.size} were announced.`, {
      hint: "Send exactly the bytes that the push began with, and their number as Content-Length.",
    });
  }
  if (held.stored) return true;
  await blobs.put(sha256, size, source, { signal });
  await catalog.addPart(push, sha256, size);
  return false;
}

/** A collection removes a part in two steps, and is done soon. */
async function holdPart(
  catalog: Pick<PartCatalog, "holdPart">,
  push: string,
  sha256: string,
  signal: AbortSignal | undefined,
): ReturnType<PartCatalog["holdPart"]> {
  const end = performance.now() + patienceMs;
  for (;;) {
    try {
      return await catalog.holdPart(push, sha256);
    } catch (error) {
      if (!BentoError.is(error, "BENTO_UNAVAILABLE") || performance.now() > end) throw error;
    }
    await wait(pauseMs, undefined, signal === undefined ? {} : { signal });
  }
}

import { BentoError } from "@bento/core";
import type { BlobStore } from "../../src/blobs/blob-store.js";
import { storePart } from "../../src/blobs/store-part.js";
import type { Catalog } from "../../src/catalog/catalog.js";
import { contentOf, type MadeFiles } from "./made-item.js";

/** A push as a client does it that comes back until it is through: it begins again where somebody ended its push. */
export async function pushModel(
  stores: { readonly catalog: Catalog; readonly blobs: BlobStore },
  tag: string,
  files: MadeFiles,
): Promise<void> {
  const { catalog } = stores;
  const [name, version] = tag.split(":") as [string, string];
  const { content, parts } = contentOf(files);
  const about = { description: "", labels: [], manifest: {}, buildAt: "2026-01-02T03:04:05Z" };
  for (let isThrough = false; !isThrough;) {
    const { id } = await catalog.beginPush({ kind: "model", name, version, replaces: "always", by: "ann", about, content });
    try {
      for (const sha256 of await catalog.missingParts(id)) {
        const bytes = parts.get(sha256) ?? Buffer.alloc(0);
        await storePart(stores, id, { sha256, size: bytes.length, source: once(bytes) });
      }
      await catalog.publishPush(id);
      isThrough = true;
    } catch (error) {
      if (!BentoError.is(error, "BENTO_CONFLICT") && !BentoError.is(error, "BENTO_NOT_FOUND")) throw error;
    }
  }
}

/** Bytes as they come. */
export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}

/** The blobs that are there. */
export async function storedIn(blobs: BlobStore): Promise<Set<string>> {
  const found = new Set<string>();
  for await (const { sha256 } of blobs.list()) found.add(sha256);
  return found;
}

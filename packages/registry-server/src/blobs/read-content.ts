import { BentoError } from "@bento/core";
import type { ContentDocument, ContentFile } from "@bento/registry/wire";
import type { RangeOptions, SignalOptions } from "@bento/store";
import { byTreeOrder, type Tree, type TreeEntry } from "@bento/store/archives";
import type { BlobRange, BlobStore } from "./blob-store.js";
import { verified } from "./verified.js";

/** Where the parts of a document are read. */
export type PartSource = Pick<BlobStore, "read">;

/** The bytes of a file or of a range of it, part by part. A part that is read whole is verified. */
export async function* readFile(
  file: ContentFile,
  { blobs, partSize, start = 0, end = file.size, signal }: BlobRange & { readonly blobs: PartSource; readonly partSize: number },
): AsyncGenerator<Uint8Array, void> {
  const last = Math.min(end, file.size);
  for (let index = Math.floor(start / partSize); index * partSize < last; index += 1) {
    const at = index * partSize;
    const size = Math.min(partSize, file.size - at);
    const from = Math.max(start - at, 0);
    const to = Math.min(last - at, size);
    const sha256 = file.parts[index] as string;
    const isWhole = from === 0 && to === size;
    const chunks = blobs.read(sha256, isWhole ? { signal } : { start: from, end: to, signal });
    yield* isWhole ? stillRight(chunks, { sha256, size, signal }) : chunks;
  }
}

/** What was verified when it came and is something else now is the registry's fault, and no caller's. */
async function* stillRight(
  chunks: AsyncIterable<Uint8Array>,
  part: { readonly sha256: string; readonly size: number; readonly signal: AbortSignal | undefined },
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* verified(chunks, part);
  } catch (error) {
    if (!BentoError.is(error, "BENTO_INTEGRITY_FAILED")) throw error;
    throw new BentoError("BENTO_STORE_FAILED", `The part ${part.sha256} was changed on the disk of the registry.`, {
      cause: error,
      hint: "Check the disk. Delete the part and push the version again.",
    });
  }
}

/**
 * A document as the tree that it describes: what its archive is made of. Modes are 0755 and 0644, times are those of all
 * our archives, so that the same content gives the same bytes.
 */
export function contentTree({ files, folders, partSize }: ContentDocument, blobs: PartSource): Tree {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const stream = (path: string, options: RangeOptions = {}): AsyncGenerator<Uint8Array, void> => {
    const file = byPath.get(path);
    if (file === undefined) throw new BentoError("BENTO_FILE_NOT_FOUND", `There is no file ${JSON.stringify(path)}.`);
    return readFile(file, { blobs, partSize, ...options });
  };
  return {
    entries: () => Promise.resolve(entriesOf(files, folders)),
    read: async (path: string, options?: SignalOptions) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of stream(path, options)) chunks.push(chunk);
      return chunks.length === 1 ? (chunks[0] as Uint8Array) : new Uint8Array(Buffer.concat(chunks));
    },
    stream,
  };
}

/** With the folders that hold something, too. */
function entriesOf(files: readonly ContentFile[], empty: readonly string[]): readonly TreeEntry[] {
  const folders = new Set(empty);
  for (const { path } of [...files, ...empty.map((folder) => ({ path: folder }))]) {
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) folders.add(path.slice(0, at));
  }
  const entries: TreeEntry[] = [...folders].map((path) => ({ kind: "folder", path }));
  for (const { path, size, executable } of files) entries.push({ kind: "file", path, size, executable });
  return entries.toSorted(byTreeOrder);
}

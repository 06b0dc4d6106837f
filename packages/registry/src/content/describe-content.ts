import { stat } from "node:fs/promises";
import { join } from "node:path";
import { manifestName, onDisk, parseManifest } from "@bento/store/archives";
import type { Tree, TreeFile } from "@bento/store";
import { z } from "zod";
import type { Journal } from "../transfer/journal.js";
import type { HashThreads } from "../transfer/hash-threads.js";
import { type ContentDocument, type ContentFile, defaultPartSize, sha256Text } from "../wire/content.js";
import { partsOf } from "./landing-file.js";

/** So many parts are told of at most, as long as parts may be made larger. */
const wantedParts = 65_536;
const largestPart = 64 * 1024 * 1024;
/** What a thread digests at once, so that others get their turn. */
const batchFiles = 256;
/** A longer manifest is that of so many files that none of them matters. Bytes. */
const maxManifestBytes = 32 * 1024 * 1024;
const batchBytes = 64 * 1024 * 1024;

/** What a content is made from. */
export interface ContentSource {
  readonly tree: Tree;
  /** Where the same lies on the disk. Absolute. */
  readonly folder: string;
  readonly threads: HashThreads;
  /** Where digests are kept for a next try. */
  readonly journal: Journal;
  readonly signal: AbortSignal;
}

/** A file whose digests an earlier try has taken, and what tells whether it is still the same. */
const knownFile = z.object({
  file: z.string(),
  stamp: z.string(),
  partSize: z.number(),
  sha256: sha256Text,
  parts: z.array(sha256Text),
});

/**
 * All that an item is, by content: every file is read, and digested in threads. A file of several parts whose digest the
 * item's own manifest tells is read for those alone.
 *
 * What an earlier try that was cut off has digested is not read again, unless size or time of the file are others. Should
 * the file be another one all the same, or not what the manifest says, the registry finds out: it looks at every byte itself.
 * @throws what the tree throws; BENTO_STORE_FAILED when a file cannot be read
 */
export async function describeContent({ tree, folder, threads, journal, signal }: ContentSource): Promise<ContentDocument> {
  const entries = await tree.entries({ signal });
  const files = entries.filter((entry) => entry.kind === "file");
  const partSize = partSizeFor(files.reduce((total, { size }) => total + size, 0));
  const known = new Map(
    journal.earlier.flatMap((line) => {
      const parsed = knownFile.safeParse(line);
      return parsed.success && parsed.data.partSize === partSize ? [[parsed.data.file, parsed.data] as const] : [];
    }),
  );
  const promised = await manifestOf(tree, files, signal);
  const describe = async (batch: readonly TreeFile[]): Promise<readonly ContentFile[]> => {
    const stamps = await Promise.all(batch.map(({ path }) => stampOf(join(folder, path))));
    const isKnown = (index: number): boolean => known.get((batch[index] as TreeFile).path)?.stamp === stamps[index];
    const digested = await digest(
      batch.filter((_, index) => !isKnown(index)),
      { folder, partSize, threads, promised },
    );
    return batch.map(({ path, size, executable }, index) => {
      const { sha256, parts } = (isKnown(index) ? known.get(path) : digested.get(path)) as Digests;
      if (!isKnown(index)) journal.append({ file: path, stamp: stamps[index], partSize, sha256, parts });
      return { path, size, executable, sha256, parts: [...parts] };
    });
  };
  const described: ContentFile[] = [];
  // Two batches at a time, so that the threads never wait for a list of names.
  let before: Promise<readonly ContentFile[]> = Promise.resolve([]);
  for (const batch of batchesOf(files)) {
    signal.throwIfAborted();
    const next = describe(batch);
    next.catch(() => {});
    described.push(...(await before));
    before = next;
  }
  described.push(...(await before));
  const folders = entries.filter((entry, index) => entry.kind === "folder" && !isWithin(entries[index + 1]?.path, entry.path));
  return { format: 1, partSize, folders: folders.map(({ path }) => path), files: described };
}

interface Digests {
  readonly sha256: string;
  readonly parts: readonly string[];
}

/** The length of parts: longer where there would be too many. */
function partSizeFor(bytes: number): number {
  let size = defaultPartSize;
  while (size < largestPart && bytes / size > wantedParts) size *= 2;
  return size;
}

interface DigestOptions extends Pick<ContentSource, "folder" | "threads"> {
  readonly partSize: number;
  readonly promised: Manifest;
}

async function digest(
  files: readonly TreeFile[],
  { folder, partSize, threads, promised }: DigestOptions,
): Promise<ReadonlyMap<string, Digests>> {
  const small = files.filter(({ size }) => size <= partSize);
  const wholes = threads.digests(small.map(({ path, size }) => ({ path: join(folder, path), start: 0, end: size })));
  wholes.catch(() => {});
  const large = files.filter(({ size }) => size > partSize);
  const found = new Map<string, Digests>();
  for (const { path, size } of large) {
    const place = join(folder, path);
    const known = promised.get(path);
    // The whole in one thread, its parts in another: what one has read, the other finds in memory.
    const whole = known?.size === size ? Promise.resolve([known.sha256]) : threads.digests([{ path: place, start: 0, end: size }]);
    whole.catch(() => {});
    const perBatch = Math.max(1, Math.floor(batchBytes / partSize));
    const parts = partsOf(place, size, partSize);
    const batches = Array.from({ length: Math.ceil(parts.length / perBatch) }, (_, index) =>
      parts.slice(index * perBatch, (index + 1) * perBatch),
    );
    const digests = await Promise.all(batches.map((batch) => threads.digests(batch)));
    found.set(path, { sha256: (await whole)[0] as string, parts: digests.flat() });
  }
  for (const [index, sha256] of (await wholes).entries()) {
    const { path, size } = small[index] as TreeFile;
    found.set(path, { sha256, parts: size === 0 ? [] : [sha256] });
  }
  return found;
}

type Manifest = NonNullable<ReturnType<typeof parseManifest>>;

/** What the item itself says of its files; nothing where it says nothing, or what cannot be read. */
async function manifestOf(tree: Tree, files: readonly TreeFile[], signal: AbortSignal): Promise<Manifest> {
  const manifest = files.find(({ path, size }) => path === manifestName && size <= maxManifestBytes);
  const text = manifest === undefined ? "" : Buffer.from(await tree.read(manifestName, { signal })).toString("utf8");
  return parseManifest(text) ?? new Map();
}

function* batchesOf(files: readonly TreeFile[]): Generator<readonly TreeFile[], void> {
  let batch: TreeFile[] = [];
  let bytes = 0;
  for (const file of files) {
    batch.push(file);
    bytes += file.size;
    if (batch.length < batchFiles && bytes < batchBytes) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

async function stampOf(path: string): Promise<string> {
  const { size, mtimeNs, ctimeNs, ino } = await onDisk("read", path, () => stat(path, { bigint: true }));
  return `${size} ${mtimeNs} ${ctimeNs} ${ino}`;
}

function isWithin(path: string | undefined, folder: string): boolean {
  return path?.startsWith(`${folder}/`) === true;
}

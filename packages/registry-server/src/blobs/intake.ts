import { BentoError } from "@bento/core";
import { type ContentDocument, type ContentFile, defaultPartSize } from "@bento/registry/wire";
import { ByteBudget, byTreeOrder, EntryRules, type ImportLimits, limitsOf, readTar } from "@bento/store/archives";
import { cutFile, PartWriter } from "./part-writer.js";
import type { PartStores } from "./store-part.js";

/** What taking in an archive needs to know. */
export interface IntakeOptions extends PartStores {
  /** The push that holds the parts. */
  readonly push: string;
  readonly signal: AbortSignal;
  readonly limits?: Partial<ImportLimits> | undefined;
}

/**
 * Takes in the tar of a plain upload while it comes: each file is cut into parts, and these become blobs. A link to a
 * file of the tar becomes that file.
 *
 * What it says of itself is not looked at here; see `examineContent`. Where it fails, the parts that came are the push's,
 * and go with it.
 * @throws BENTO_ARCHIVE_INVALID for what is cut off, damaged or no tar, BENTO_ARCHIVE_UNSAFE naming an entry,
 *   BENTO_CANCELLED, and what stores and source throw
 */
export async function takeIn(tar: AsyncIterable<Uint8Array>, options: IntakeOptions): Promise<ContentDocument> {
  const { push, signal } = options;
  const limits = limitsOf(options.limits);
  const rules = new EntryRules(limits);
  const budget = new ByteBudget(limits);
  const writer = new PartWriter(options, { push, signal });
  const files = new Map<string, ContentFile>();
  const folders = new Set<string>();
  try {
    for await (const entry of readTar(counted(tar, budget), { signal, limits, onMissingEnd: cutOff })) {
      const admitted = rules.admit(entry);
      if (admitted === undefined) continue;
      const { path, kind } = admitted;
      if (kind === "folder") folders.add(path);
      if (kind !== "file") continue;
      budget.announced(entry.size);
      const cut = await cutFile(entry.content, { writer, partSize: defaultPartSize, onBytes: (count) => budget.unpacked(count) });
      files.set(path, { path, executable: entry.executable, ...cut, parts: [...cut.parts] });
    }
    for (const { path, target } of rules.resolveLinks()) {
      const file = files.get(target) as ContentFile;
      budget.unpacked(file.size);
      files.set(path, { ...file, path });
    }
    await writer.finish();
  } finally {
    // Nothing may be written for a push that is given up.
    await writer.idle();
  }
  return documentOf(files, folders);
}

/** Files and folders as a document has them: in the order of a tree, and of the folders those that hold nothing. */
function documentOf(files: ReadonlyMap<string, ContentFile>, folders: ReadonlySet<string>): ContentDocument {
  const filled = new Set<string>();
  for (const path of [...files.keys(), ...folders]) {
    for (let folder = parentOf(path); folder !== "" && !filled.has(folder); folder = parentOf(folder)) filled.add(folder);
  }
  const empty = [...folders].filter((path) => !filled.has(path)).map((path) => ({ path }));
  return {
    format: 1,
    partSize: defaultPartSize,
    folders: empty.toSorted(byTreeOrder).map(({ path }) => path),
    files: [...files.values()].toSorted(byTreeOrder),
  };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

/** Every writer of tars marks their end: without it, files may be missing, and nobody could tell. */
function cutOff(): never {
  throw new BentoError("BENTO_ARCHIVE_INVALID", "The end of the tar is not marked: it was cut off behind a file.", {
    hint: "Push again; if it happens again, look at what is between the client and the registry.",
  });
}

async function* counted(tar: AsyncIterable<Uint8Array>, budget: ByteBudget): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of tar) {
    budget.read(chunk.length);
    yield chunk;
  }
}

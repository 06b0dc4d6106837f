import { BentoError } from "@bento/core";
import type { Tree, TreeEntry, TreeFile } from "../tree/tree.js";
import { mapInOrder } from "./codec/blocks.js";
import type { ArchiveEntry } from "./container/container.js";
import type { ByteBudget } from "./rules/byte-budget.js";

/** Files up to this size are read whole, and where several are read at the same time. Bytes. */
const wholeBytes = 256 * 1024;
const wholeAheadBytes = 4 * 1024 * 1024;
const nothing = new Uint8Array();

/** What reading a folder in an archive's place needs to know. */
export interface FolderEntriesOptions {
  readonly budget: ByteBudget;
  readonly onRead: () => void;
  /** How many small files are read at the same time. */
  readonly readAhead: number;
  readonly signal: AbortSignal;
}

/**
 * The files and folders of a tree as if they were members of an archive.
 * @throws BENTO_TRANSFER_FAILED when a file changes or goes away meanwhile, and what the tree throws
 */
export async function* folderEntries(tree: Tree, options: FolderEntriesOptions): AsyncGenerator<ArchiveEntry, void> {
  const { readAhead, signal } = options;
  const entries = await tree.entries({ signal });
  if (readAhead > 1) return yield* mapInOrder(inTurn(entries), readAhead, (entry) => memberOf(tree, entry, options));
  for (const entry of entries) yield await memberOf(tree, entry, options);
}

async function* inTurn<T>(items: readonly T[]): AsyncGenerator<T, void> {
  yield* items;
}

async function memberOf(tree: Tree, entry: TreeEntry, options: FolderEntriesOptions): Promise<ArchiveEntry> {
  const { path } = entry;
  if (entry.kind === "folder") return { path, kind: "folder", size: 0, executable: false, target: "", content: nothing };
  const { size, executable } = entry;
  const isWhole = size <= (options.readAhead > 1 ? wholeAheadBytes : wholeBytes);
  const content = isWhole ? await wholeFile(tree, entry, options) : fileChunks(tree, entry, options);
  return { path, kind: "file", size, executable, target: "", content };
}

async function wholeFile(tree: Tree, { path, size }: TreeFile, { budget, onRead, signal }: FolderEntriesOptions): Promise<Uint8Array> {
  const bytes = await tree.read(path, { signal }).catch((error: unknown) => Promise.reject(asChanged(path, error)));
  if (bytes.length !== size) throw changedSize(path, size, bytes.length);
  budget.read(size);
  onRead();
  return bytes;
}

async function* fileChunks(
  tree: Tree,
  { path, size }: TreeFile,
  { budget, onRead, signal }: FolderEntriesOptions,
): AsyncGenerator<Uint8Array, void> {
  let length = 0;
  try {
    for await (const chunk of tree.stream(path, { signal })) {
      length += chunk.length;
      budget.read(chunk.length);
      onRead();
      yield chunk;
    }
  } catch (error) {
    throw asChanged(path, error);
  }
  if (length !== size) throw changedSize(path, size, length);
}

function asChanged(path: string, error: unknown): unknown {
  return BentoError.is(error, "BENTO_FILE_NOT_FOUND") ? changed(path, "went away", error) : error;
}

function changedSize(path: string, size: number, length: number): BentoError {
  return changed(path, `had ${size} bytes and now has ${length}`);
}

function changed(path: string, how: string, cause?: unknown): BentoError {
  return new BentoError("BENTO_TRANSFER_FAILED", `${JSON.stringify(path)} ${how} while its folder was imported.`, {
    hint: "Import it again when nobody writes to it.",
    cause,
  });
}

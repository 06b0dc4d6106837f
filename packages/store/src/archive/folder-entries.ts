import { BentoError } from "@bento/core";
import type { Tree, TreeFile } from "../tree/tree.js";
import type { ArchiveEntry } from "./container/container.js";
import type { ByteBudget } from "./rules/byte-budget.js";

/** Files up to this size are read whole. Bytes. */
const wholeBytes = 256 * 1024;
const nothing = new Uint8Array();

/** What reading a folder in an archive's place needs to know. */
export interface FolderEntriesOptions {
  readonly budget: ByteBudget;
  readonly onRead: () => void;
  readonly signal: AbortSignal;
}

/**
 * The files and folders of a tree as if they were members of an archive.
 * @throws BENTO_TRANSFER_FAILED when a file changes or goes away meanwhile, and what the tree throws
 */
export async function* folderEntries(tree: Tree, options: FolderEntriesOptions): AsyncGenerator<ArchiveEntry, void> {
  const { signal } = options;
  for (const entry of await tree.entries({ signal })) {
    const { path } = entry;
    if (entry.kind === "folder") {
      yield { path, kind: "folder", size: 0, executable: false, target: "", content: nothing };
      continue;
    }
    const { size, executable } = entry;
    const content = size <= wholeBytes ? await wholeFile(tree, entry, options) : fileChunks(tree, entry, options);
    yield { path, kind: "file", size, executable, target: "", content };
  }
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

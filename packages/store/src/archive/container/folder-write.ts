import { BentoError } from "@bento/core";
import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder } from "../../disk/durability.js";
import { checkSignal } from "../../store/cancellation.js";
import { transferFailure, transferring } from "../../transfer/transfer-failure.js";
import { writeChunks } from "../../transfer/write-chunks.js";
import type { Tree, TreeFile } from "../../tree/tree.js";
import type { PackOptions } from "./container.js";

/** Files that are written at the same time: a disk can make several small ones durable together. */
const atOnce = 8;

/**
 * Writes a tree as files and folders; all of it is on the disk when this returns. Modes are 0644, 0755 for what can be
 * executed, less what the process's umask takes away.
 * @param folder absolute, there and empty
 * @throws what the tree throws; BENTO_TRANSFER_FAILED when the disk refuses, or a file's size changed since it was listed
 */
export async function writeFolder(tree: Tree, folder: string, { signal, onBytes }: Pick<PackOptions, "signal" | "onBytes">): Promise<void> {
  const entries = await tree.entries({ signal });
  const folders = entries.filter((entry) => entry.kind === "folder").map((entry) => join(folder, entry.path));
  for (const path of folders) {
    checkSignal(signal, writing(folder));
    await transferring("make the folder", path, () => mkdir(path));
  }
  const waiting = entries.filter((entry) => entry.kind === "file").values();
  // The first failure stops the others at their next file, and is thrown when they have stopped.
  let failed = false;
  const workers = Array.from({ length: atOnce }, async () => {
    try {
      for (const file of waiting) {
        if (failed) return;
        checkSignal(signal, writing(folder));
        await writeFile(tree, file, join(folder, file.path), { signal, onBytes });
      }
    } catch (error) {
      failed = true;
      throw error;
    }
  });
  for (const result of await Promise.allSettled(workers)) if (result.status === "rejected") throw result.reason;
  for (const path of [...folders, folder]) await transferring("write", path, () => syncFolder(path));
}

async function writeFile(
  tree: Tree,
  { path, size, executable }: TreeFile,
  target: string,
  { signal, onBytes }: Pick<PackOptions, "signal" | "onBytes">,
): Promise<void> {
  const file = await transferring("write", target, () => open(target, "wx", executable ? 0o755 : 0o644));
  try {
    const failure = (error: unknown): unknown => transferFailure(error, "write", target);
    const written = await writeChunks(file, counted(tree.stream(path, { signal }), onBytes), { failure, signal, doing: writing(target) });
    if (written !== size) {
      throw new BentoError(
        "BENTO_TRANSFER_FAILED",
        `${JSON.stringify(path)} changed while it was exported: it had ${size} bytes, and now ${written}.`,
      );
    }
    await transferring("write", target, () => file.sync());
  } finally {
    await file.close();
  }
}

async function* counted(chunks: AsyncIterable<Uint8Array>, onBytes: (count: number) => void): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) {
    onBytes(chunk.length);
    yield chunk;
  }
}

function writing(path: string): string {
  return `Writing ${JSON.stringify(path)}`;
}

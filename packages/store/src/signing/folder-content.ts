import type { Tag } from "@bento/core";
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { onDiskSync } from "../disk/store-failure.js";
import { walkTree } from "../disk/tree-walk.js";
import { quoted } from "../archive/rules/unsafe.js";
import type { TreeEntry } from "../tree/tree.js";
import { signatureInvalid } from "./check.js";
import type { ContentAtHand } from "./checker.js";

const chunkBytes = 1024 * 1024;
/** A file that was written this short before it was read may be written again without a later time: clocks of disks are coarse. */
const settledMs = 2000;

/** The files of a model's folder. Links that lead out, which other readers pass over, are refused: who opens the folder by its path follows them. */
export function folderContent(tag: Tag, folder: string): ContentAtHand {
  return {
    *files() {
      for (const entry of entriesOf(tag, folder)) if (entry.kind === "file") yield entry;
    },
    chunks: (path) => chunksOf(join(folder, path)),
  };
}

/**
 * What tells whether a folder was changed, without reading its files: the system notes the time of each change, and lets
 * nobody set it.
 * @returns `undefined` while something is so new that it could change unnoticed
 * @throws BENTO_SIGNATURE_INVALID for what is neither file nor folder of the model
 */
export function stampOf(tag: Tag, folder: string, now: number = Date.now()): string | undefined {
  const lines: string[] = [];
  for (const { path } of entriesOf(tag, folder)) {
    const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = statSync(join(folder, path), { bigint: true });
    if (now - Number(ctimeMs) < settledMs) return undefined;
    lines.push(`${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs} ${path}`);
  }
  return lines.join("\n");
}

function entriesOf(tag: Tag, folder: string): readonly TreeEntry[] {
  const refuse = (path: string, why: string): Error => signatureInvalid(tag, `it holds ${quoted(path)}: ${why}`);
  return onDiskSync("read", folder, () => [...walkTree(folder, refuse)]);
}

function* chunksOf(path: string): Generator<Uint8Array, void> {
  const file = onDiskSync("read", path, () => openSync(path, "r"));
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes);
    for (;;) {
      const count = onDiskSync("read", path, () => readSync(file, buffer, 0, buffer.length, null));
      if (count === 0) return;
      yield Buffer.from(buffer.subarray(0, count));
    }
  } finally {
    closeSync(file);
  }
}

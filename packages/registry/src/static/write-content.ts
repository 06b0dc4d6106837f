import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { BentoError } from "@bento/core";
import { isErrno, onDisk } from "@bento/store/archives";
import { partsOf } from "../content/landing-file.js";
import type { FileRange } from "../transfer/hash-threads.js";
import type { ContentDocument } from "../wire/content.js";
import { digestOf } from "./content-file.js";
import type { Exportable } from "./exportable.js";
import { contentPath, partPath } from "./layout.js";
import { writeWhole } from "./write-file.js";

/** What writing a content needs. */
export interface WriteContentOptions {
  readonly signal: AbortSignal;
  /** Told of every piece that is there by now. */
  readonly onBytes: (bytes: number) => void;
}

/** A content that is in the folder. */
export interface ExportedContent {
  readonly digest: string;
  /** Bytes of all files. */
  readonly size: number;
  /** Bytes that had to be written. */
  readonly written: number;
}

/**
 * Puts the parts of an item, then what names them, into the folder.
 * @throws BENTO_INTEGRITY_FAILED for files that changed since they were described
 */
export async function writeContent(
  out: string,
  { tag, folder }: Pick<Exportable, "tag" | "folder">,
  content: ContentDocument,
  { signal, onBytes }: WriteContentOptions,
): Promise<ExportedContent> {
  const digest = digestOf(content);
  let written = 0;
  for (const { path, size, parts } of content.files) {
    const ranges = partsOf(join(folder, path), size, content.partSize);
    for (const [index, sha256] of parts.entries()) {
      signal.throwIfAborted();
      const range = ranges[index] as FileRange;
      written += await writePart(join(out, partPath(sha256)), range, sha256);
      onBytes(range.end - range.start);
    }
  }
  const { name, version } = tag;
  const text = JSON.stringify({ name, version, content, digest });
  const place = join(out, contentPath(digest));
  if ((await readFile(place, "utf8").catch(() => undefined)) !== text) await writeWhole(place, [Buffer.from(text)]);
  return { digest, size: content.files.reduce((sum, { size }) => sum + size, 0), written };
}

/** @returns how many bytes were written: none for a part that is there */
async function writePart(place: string, { path, start, end }: FileRange, sha256: string): Promise<number> {
  if ((await sizeOf(place)) === end - start) return 0;
  await writeWhole(place, createReadStream(path, { start, end: end - 1, highWaterMark: 1024 * 1024 }), (digest) => {
    if (digest === sha256) return;
    throw new BentoError("BENTO_INTEGRITY_FAILED", `${JSON.stringify(path)} changed while it was exported.`, {
      hint: "Find out who writes into the store, and export again.",
    });
  });
  return end - start;
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return await onDisk("read", path, async () => (await stat(path)).size);
  } catch (error) {
    if (isErrno((error as Error).cause, "ENOENT")) return undefined;
    throw error;
  }
}

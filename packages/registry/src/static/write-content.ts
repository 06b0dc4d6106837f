import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { BentoError } from "@bento/core";
import type { StoredModel, TreeEntry } from "@bento/store";
import { isErrno, isStoreFile, manifestName, modelKind, onDisk } from "@bento/store/archives";
import { describeModel } from "../content/describe-model.js";
import { partsOf } from "../content/landing-file.js";
import type { FileRange } from "../transfer/hash-threads.js";
import { type ContentDocument, contentDigestText, versionContent } from "../wire/content.js";
import { contentPath, partPath } from "./layout.js";
import { writeWhole } from "./write-file.js";

/** What writing the content of a model needs. */
export interface WriteContentOptions {
  /** Digest of the content that the folder has for the tag. */
  readonly known: string | undefined;
  readonly home: string;
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
 * Puts the parts of a model, then what names them, into the folder.
 * @throws BENTO_INTEGRITY_FAILED for files that are not what the manifest says, or that changed meanwhile
 */
export async function writeContent(out: string, model: StoredModel, options: WriteContentOptions): Promise<ExportedContent> {
  const { known, signal, onBytes } = options;
  const entries = await model.tree().entries({ signal });
  const content = (known === undefined ? undefined : await unchanged(out, model, entries, known)) ?? (await describeModel(model, options));
  const digest = createHash("sha256").update(contentDigestText(content)).digest("hex");
  let written = 0;
  for (const { path, size, parts } of content.files) {
    const ranges = partsOf(join(model.path, path), size, content.partSize);
    for (const [index, sha256] of parts.entries()) {
      signal.throwIfAborted();
      const range = ranges[index] as FileRange;
      written += await writePart(join(out, partPath(sha256)), range, sha256);
      onBytes(range.end - range.start);
    }
  }
  const { name, version } = model.tag;
  const text = JSON.stringify({ name, version, content, digest });
  const place = join(out, contentPath(digest));
  if ((await sizeOf(place)) !== Buffer.byteLength(text)) await writeWhole(place, [Buffer.from(text)]);
  return { digest, size: content.files.reduce((sum, { size }) => sum + size, 0), written };
}

/**
 * The content that the folder has, if the model cannot have another: the same files of the same sizes, and byte for byte
 * the same manifest, signature and document. Models never change, so what the manifest says need not be read again.
 */
async function unchanged(
  out: string,
  model: StoredModel,
  entries: readonly TreeEntry[],
  digest: string,
): Promise<ContentDocument | undefined> {
  const text = await readFile(join(out, contentPath(digest)), "utf8").catch(() => undefined);
  const parsed = text === undefined ? undefined : versionContent.safeParse(jsonOf(text));
  if (parsed?.success !== true || parsed.data.digest !== digest) return undefined;
  const { content } = parsed.data;
  if (createHash("sha256").update(contentDigestText(content)).digest("hex") !== digest) return undefined;
  if (!content.files.some(({ path }) => path === manifestName)) return undefined;
  const lines = (files: readonly { path: string; size: number; executable: boolean }[]): string =>
    JSON.stringify(files.map(({ path, size, executable }) => [path, size, executable]));
  if (lines(content.files) !== lines(entries.filter((entry) => entry.kind === "file"))) return undefined;
  for (const { path, sha256 } of content.files) {
    if (!isStoreFile(path) && path !== modelKind.document) continue;
    if (
      createHash("sha256")
        .update(await model.read(path))
        .digest("hex") !== sha256
    )
      return undefined;
  }
  return content;
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

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

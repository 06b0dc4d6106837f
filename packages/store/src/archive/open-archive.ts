import { BentoError } from "@bento/core";
import { loadCodec } from "./codec/load-codec.js";
import type { ArchiveEntry, RandomAccess } from "./container/container.js";
import { folderEntries } from "./folder-entries.js";
import { type ArchiveFormat, archiveFormats, type CodecName, formatOfPath, type NativeFormat } from "./format.js";
import { detectFormat, magicBytes } from "./magic.js";
import type { ByteBudget } from "./rules/byte-budget.js";
import type { ImportLimits } from "./rules/limits.js";
import { beyondLimit } from "./rules/unsafe.js";
import type { ByteSource } from "./source/byte-source.js";
import type { Tree } from "../tree/tree.js";
import type { FolderSource } from "./source/import-source.js";

/** What opening an archive needs to know. */
export interface OpenArchiveOptions {
  readonly native: NativeFormat;
  /** What the caller says that it is; the archive's own bytes must agree. */
  readonly format: ArchiveFormat | undefined;
  readonly limits: ImportLimits;
  /** Told of every byte that is read and decompressed. */
  readonly budget: ByteBudget;
  /** Called when bytes were read. */
  readonly onRead: () => void;
  readonly onWarning: ((warning: string) => void) | undefined;
  readonly maxMemory: number;
  readonly signal: AbortSignal;
}

/** An archive that is ready to be read. */
export interface OpenArchive {
  readonly format: ArchiveFormat;
  /** Its members, unchecked. To be read once. */
  readonly entries: AsyncIterable<ArchiveEntry>;
}

/** What the bytes of an archive can be. */
type Form = CodecName | "tar" | "zip";

/**
 * Finds out what an archive is, and opens it. What its first bytes say counts more than its name.
 * @throws BENTO_ARCHIVE_INVALID when it is nothing known, or not what the caller said
 */
export async function openArchive(source: ByteSource | FolderSource, options: OpenArchiveOptions): Promise<OpenArchive> {
  if (source.kind === "folder") {
    const { readAhead } = source;
    return { format: "folder", entries: folderEntries(treeOfFolder(source, options), { ...options, readAhead }) };
  }
  const { form, format } = await formOfBytes(source, options);
  return { format, entries: form === "zip" ? zipEntries(source, options) : await tarEntries(form, source, options) };
}

/**
 * What the bytes of an archive are.
 * @throws BENTO_ARCHIVE_INVALID when that is nothing known, or not what the caller said
 */
export async function formOfBytes(
  source: ByteSource,
  options: Pick<OpenArchiveOptions, "format" | "native">,
): Promise<{ readonly form: Form; readonly format: ArchiveFormat }> {
  if (options.format === "folder") throw invalid(`${source.name} is no folder.`, "Leave the format out: an archive shows what it is.");
  const head = await source.head(magicBytes);
  if (head.length === 0) throw invalid(`There is nothing in ${source.name}.`, "Look whether what was to write it failed.");
  const form = formOf(head, source, options);
  return { form, format: formatNames[form] ?? options.native };
}

/** A folder in an archive's place, as a tree. @throws BENTO_ARCHIVE_INVALID when the caller said that it is something else */
export function treeOfFolder(source: FolderSource, options: Pick<OpenArchiveOptions, "format" | "limits">): Tree {
  if (options.format !== undefined && options.format !== "folder") {
    throw invalid(`${source.name} is a folder, not ${withArticle(options.format)} archive.`, 'Leave the format out, or say "folder".');
  }
  const { limits } = options;
  // The same limit is looked at again for each entry; but links to folders can make of a thousand files a million.
  return source.open((count) => {
    if (count > limits.maxEntries) throw beyondLimit("maxEntries", limits, "it holds too many files and folders");
  });
}

/** The format that is its own name for each form; a tar in xz is the native one. */
const formatNames: Readonly<Partial<Record<Form, ArchiveFormat>>> = { gzip: "gz", bzip2: "bz2", zstd: "zst", tar: "tar", zip: "zip" };

function formOf(head: Uint8Array, source: ByteSource, { format, native }: Pick<OpenArchiveOptions, "format" | "native">): Form {
  const named = format ?? (source.path === undefined ? undefined : formatOfPath(source.path, native));
  const expected = named === undefined ? undefined : formOfFormat(named);
  const detected = detectFormat(head);
  // The form before xz has no magic, only a likeness: it does not count against a name that says something else.
  const found = detected === "lzma" ? (expected === undefined || expected === "xz" ? "xz" : undefined) : detected;
  if (format === undefined) {
    // A zip may stand behind other bytes, and no first block of a damaged tar is known: their readers say what is wrong.
    const form = found ?? (expected === "zip" || expected === "tar" ? expected : undefined);
    if (form !== undefined) return form;
    throw invalid(`${source.name} is no archive that is known here.`, `Known are ${knownForms}.`);
  }
  if (found === undefined || found === expected) return expected as Form;
  const name = formatNames[found] ?? native;
  throw invalid(
    `${source.name} is ${withArticle(name)} archive, not ${withArticle(format)} one.`,
    `Leave the format out, or say ${JSON.stringify(name)}.`,
  );
}

const knownForms = "tar, zip, and tar in xz, gzip, bzip2 or zstd";

function formOfFormat(format: ArchiveFormat): Form | undefined {
  const { container, codec } = archiveFormats[format];
  return codec ?? (container === "folder" ? undefined : container);
}

function withArticle(format: ArchiveFormat): string {
  return `${format === "xz" ? "an" : "a"} ${format}`;
}

async function* zipEntries(source: ByteSource, options: OpenArchiveOptions): AsyncGenerator<ArchiveEntry, void> {
  const { limits, signal, maxMemory } = options;
  const { readZip } = await import("./container/zip-read.js");
  yield* readZip(countedAccess(await source.random(limits.maxBytes), options), { limits, signal, maxMemory });
}

/** The members of whatever holds a tar: the reader itself, not another generator around it, which tens of thousands of members would have to pass. */
export async function tarEntries(
  form: Exclude<Form, "zip">,
  source: ByteSource,
  options: OpenArchiveOptions,
): Promise<AsyncGenerator<ArchiveEntry, void>> {
  const { limits, signal, budget, onWarning } = options;
  const { readTar } = await import("./container/tar-read.js");
  const stream = countedStream(source.stream(), options);
  // What was lost cannot be seen when an archive was cut exactly here, so it is not passed over in silence.
  const onMissingEnd = (): void =>
    onWarning?.(
      `The end of the tar in ${source.name} is not marked: if it was cut off behind a file, the files that followed are missing.`,
    );
  if (form === "tar") return readTar(stream, { limits, signal, onMissingEnd });
  const decompressed = (await loadCodec(form)).decompress(stream, options);
  return readTar(
    watched(decompressed, (count) => budget.decompressed(count)),
    { limits, signal, onMissingEnd },
  );
}

type Counting = Pick<OpenArchiveOptions, "budget" | "onRead">;

function countedStream(chunks: AsyncIterable<Uint8Array>, { budget, onRead }: Counting): AsyncIterable<Uint8Array> {
  return watched(chunks, (count) => {
    budget.read(count);
    onRead();
  });
}

/** Counts no byte of the archive beyond its size: what is read twice is not twice as much archive. */
function countedAccess(archive: RandomAccess, { budget, onRead }: Counting): RandomAccess {
  const count = (bytes: number): void => {
    budget.read(Math.min(bytes, archive.size - budget.bytesRead));
    onRead();
  };
  return {
    size: archive.size,
    read: async (start, end) => {
      const bytes = await archive.read(start, end);
      count(bytes.length);
      return bytes;
    },
    stream: (start, end) => watched(archive.stream(start, end), count),
  };
}

/** The same chunks, whose lengths are told. */
export async function* watched(chunks: AsyncIterable<Uint8Array>, onBytes: (count: number) => void): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) {
    onBytes(chunk.length);
    yield chunk;
  }
}

function invalid(message: string, hint?: string): BentoError {
  return new BentoError("BENTO_ARCHIVE_INVALID", message, { hint });
}

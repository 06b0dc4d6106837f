import { checkSignal } from "../../store/cancellation.js";
import type { TreeEntry, TreeFile } from "../../tree/tree.js";
import { mapInOrder } from "../codec/blocks.js";
import type { Pack } from "./container.js";
import { LargeFile } from "./zip/large-file.js";
import { type PackedFile, packSmallFiles } from "./zip/small-files.js";
import { ZipWriter } from "./zip/zip-writer.js";

/** Files up to this size are packed whole, and many of them together. */
const smallBytes = 1024 * 1024;
const batchBytes = 1024 * 1024;
const batchEntries = 512;
/** Batches and large files in work at once. */
const atOnce = 3;

/** Folders and small files in a row, or one large file. */
type Piece = readonly TreeEntry[] | TreeFile;

/**
 * A tree as Python's `zipfile` lays it out: no `./`, no entry for the top, folders as `sub/`, names in UTF-8, modes 0644 and
 * 0755. Every time is 1980-01-01.
 *
 * Small files have their sizes in front and are stored where deflate does not help. Those of large ones follow behind
 * them, as they are not known before; they are deflated block by block, or stored (method 0) if the compression says so.
 */
export const packZip: Pack = async function* packZip(tree, options) {
  const entries = await tree.entries(options);
  const writer = await ZipWriter.create(entries.length);
  // What is in work at once shares the memory.
  const shared = { ...options, maxMemory: Math.floor(options.maxMemory / atOnce) };
  const opened = new Set<LargeFile>();
  const pack = async (piece: Piece): Promise<() => AsyncIterable<Uint8Array>> => {
    if (isBatch(piece)) {
      const files = await packSmallFiles(tree, piece.filter(isFile), shared);
      return () => addBatch(writer, piece, files);
    }
    const file = new LargeFile(tree, piece, shared);
    opened.add(file);
    return () => {
      opened.delete(file);
      return addLarge(writer, piece, file);
    };
  };
  try {
    for await (const add of mapInOrder(piecesOf(entries), atOnce, pack)) {
      checkSignal(options.signal, "Writing the zip archive");
      yield* add();
    }
  } finally {
    for (const file of opened) await file.close();
  }
  writer.finish();
  yield* writer.take();
};

function isBatch(piece: Piece): piece is readonly TreeEntry[] {
  return Array.isArray(piece);
}

async function* piecesOf(entries: readonly TreeEntry[]): AsyncGenerator<Piece, void> {
  let batch: TreeEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = entry.kind === "file" ? entry.size : 0;
    const isLarge = size > smallBytes;
    if (batch.length > 0 && (isLarge || bytes + size > batchBytes || batch.length === batchEntries)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    if (entry.kind === "file" && isLarge) {
      yield entry;
      continue;
    }
    batch.push(entry);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

function isFile(entry: TreeEntry): entry is TreeFile {
  return entry.kind === "file";
}

const folder: PackedFile = { bytes: new Uint8Array(0), isDeflated: false, crc: 0 };

async function* addBatch(writer: ZipWriter, batch: readonly TreeEntry[], files: readonly PackedFile[]): AsyncGenerator<Uint8Array, void> {
  const left = files.values();
  for (const entry of batch) writer.addWhole(entry, isFile(entry) ? (left.next().value as PackedFile) : folder);
  yield* writer.take();
}

async function* addLarge(writer: ZipWriter, file: TreeFile, packed: LargeFile): AsyncGenerator<Uint8Array, void> {
  writer.begin(file, packed);
  try {
    const content = packed.read();
    for (;;) {
      const { value, done } = await content.next();
      if (done) return writer.end(value);
      writer.write(value);
      yield* writer.take();
    }
  } finally {
    await packed.close();
  }
}

import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, opendir, readdir, rename, rm, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { SignalOptions } from "@bento/store";
import { isRunning, ownIdentity, type ProcessIdentity } from "@bento/store/file-store";
import type { BlobRange, BlobStore, ListedBlob } from "./blob-store.js";
import { diskFailure, isErrno } from "./disk-failure.js";
import { blobNotFound, checkDigest } from "./digest-text.js";
import { verified } from "./verified.js";

/** Bytes of a read: fewer, larger ones than Node's own. */
const readBytes = 512 * 1024;
/** Bytes of a write. */
const writeBytes = 1024 * 1024;
/** A half-written blob of a process that cannot be asked, on another machine say, is given up after so long. */
const silenceMs = 24 * 3_600_000;

/**
 * Blobs as files of a folder: `blobs/ab/abcdef...`, each written to `tmp` first, made durable, and renamed.
 *
 * After a crash at any instant a blob is there whole or not at all; what is left under `tmp` the next sweep removes.
 */
export class FolderBlobStore implements BlobStore {
  readonly #blobs: string;
  readonly #staging: string;

  /** @param root a folder that is this store's alone; it is made when the first blob comes */
  constructor(root: string) {
    this.#blobs = join(root, "blobs");
    this.#staging = join(root, "tmp");
  }

  async has(sha256: string): Promise<boolean> {
    return (await this.#sizeOf(this.#pathOf(sha256))) !== undefined;
  }

  async put(sha256: string, size: number, source: AsyncIterable<Uint8Array>, { signal }: SignalOptions = {}): Promise<void> {
    const path = this.#pathOf(sha256);
    const parent = join(path, "..");
    const chunks = verified(source, { sha256, size, signal });
    const staged = join(this.#staging, stagedName(ownIdentity()));
    try {
      await diskFailure("write", () => Promise.all([mkdir(this.#staging, { recursive: true }), mkdir(parent, { recursive: true })]));
      await writeDurably(staged, chunks);
      await diskFailure("write", () => rename(staged, path));
      await diskFailure("write", () => Promise.all([syncFolder(parent), syncFolder(this.#blobs)]));
    } catch (error) {
      await rm(staged, { force: true }).catch(() => {});
      throw error;
    } finally {
      // Whoever sends it is told that no more is wanted.
      await chunks.return();
    }
  }

  async *read(sha256: string, { start = 0, end, signal }: BlobRange = {}): AsyncGenerator<Uint8Array, void> {
    const path = this.#pathOf(sha256);
    if (end !== undefined && end <= start) return;
    const file = await open(path).catch((error: unknown) => {
      if (isErrno(error, "ENOENT")) throw blobNotFound(sha256);
      throw error;
    });
    const options = { fd: file, start, end: end === undefined ? Infinity : end - 1, highWaterMark: readBytes, signal };
    yield* createReadStream("", options) as AsyncIterable<Uint8Array>;
  }

  // oxlint-disable-next-line require-await -- other stores have to ask
  async url(): Promise<undefined> {
    return undefined;
  }

  async delete(sha256: string): Promise<void> {
    const path = this.#pathOf(sha256);
    await diskFailure("delete", () => unlink(path).catch(ignoreMissing));
  }

  async *list({ signal }: SignalOptions = {}): AsyncGenerator<ListedBlob, void> {
    for (const fan of await namesIn(this.#blobs)) {
      for await (const sha256 of entriesOf(join(this.#blobs, fan))) {
        signal?.throwIfAborted();
        const found = await stat(join(this.#blobs, fan, sha256)).catch(ignoreMissing);
        if (found?.isFile() === true && /^[0-9a-f]{64}$/.test(sha256)) yield { sha256, size: found.size, modified: found.mtime };
      }
    }
  }

  async sweep(): Promise<void> {
    for (const name of await namesIn(this.#staging)) {
      const path = join(this.#staging, name);
      if (await isAbandoned(name, path)) await rm(path, { force: true }).catch(() => {});
    }
  }

  async close(): Promise<void> {}

  #pathOf(sha256: string): string {
    return join(this.#blobs, checkDigest(sha256).slice(0, 2), sha256);
  }

  async #sizeOf(path: string): Promise<number | undefined> {
    return (await diskFailure("read", () => stat(path).catch(ignoreMissing)))?.size;
  }
}

async function writeDurably(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await diskFailure("write", () => open(path, "wx", 0o644));
  try {
    await writeBatches(file, chunks);
    await diskFailure("write", () => file.sync());
  } finally {
    await file.close();
  }
}

/** In large writes, each while the next one is gathered: a connection brings 64 KiB at a time. */
async function writeBatches(file: FileHandle, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  let batch: Uint8Array[] = [];
  let gathered = 0;
  let writing: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    await writing;
    const [pieces, size] = [batch, gathered];
    writing = diskFailure("write", () => writeWhole(file, pieces, size));
    // Met before the next one, or at the end.
    writing.catch(() => {});
    batch = [];
    gathered = 0;
  };
  try {
    for await (const chunk of chunks) {
      batch.push(chunk);
      gathered += chunk.length;
      if (gathered >= writeBytes) await flush();
    }
    await flush();
  } finally {
    // The file is closed after this, which must not happen under a write.
    await writing.catch(() => {});
  }
  await writing;
}

async function writeWhole(file: FileHandle, batch: readonly Uint8Array[], size: number): Promise<void> {
  if (size === 0) return;
  let { bytesWritten } = await file.writev(batch);
  if (bytesWritten === size) return;
  // A write that stopped in the middle: the rest, or the error that stopped it.
  const rest = Buffer.concat(batch);
  while (bytesWritten < size) bytesWritten += (await file.write(rest, bytesWritten)).bytesWritten;
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Whose a half-written blob is stands in its name. */
function stagedName({ place, pid, start }: ProcessIdentity): string {
  return `${place}-${pid}-${start}-${randomBytes(8).toString("hex")}`;
}

async function isAbandoned(name: string, path: string): Promise<boolean> {
  const [place = "", pid = "", start = ""] = name.split("-");
  const runs = /^\d+$/.test(pid) ? isRunning({ place, pid: Number(pid), start }) : undefined;
  if (runs !== undefined) return !runs;
  const found = await stat(path).catch(ignoreMissing);
  return found !== undefined && Date.now() - found.mtimeMs > silenceMs;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await diskFailure("read", () => readdir(folder).catch(ignoreMissing))) ?? [];
}

async function* entriesOf(folder: string): AsyncGenerator<string, void> {
  const opened = await opendir(folder).catch((error: unknown) => ignoreMissing(error, "ENOTDIR"));
  if (opened === undefined) return;
  for await (const entry of opened) yield entry.name;
}

function ignoreMissing(error: unknown, ...more: readonly string[]): undefined {
  if (!isErrno(error, "ENOENT", ...more)) throw error;
}

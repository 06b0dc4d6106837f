import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, opendir, readdir, rename, rm, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { HashThreads, PieceWriter } from "@bento/registry/transfer";
import type { SignalOptions } from "@bento/store";
import { isRunning, ownIdentity, type ProcessIdentity } from "@bento/store/file-store";
import type { BlobRange, BlobStore, JoinedDigest, ListedBlob } from "./blob-store.js";
import { diskFailure, isErrno } from "./disk-failure.js";
import { blobNotFound, checkDigest } from "./digest-text.js";
import { type Announced, checkSha256, counted, verified } from "./verified.js";

/** Bytes of a read: fewer, larger ones than Node's own. */
const readBytes = 512 * 1024;
/** What is larger is digested by another thread, which finds it in memory: the one that takes it in has enough to do. Bytes. */
const smallBytes = 256 * 1024;
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
  readonly #threads = new HashThreads();
  /** Folders that are known to be there, and to stay. */
  readonly #made = new Map<string, Promise<void>>();
  readonly #putting = new Set<Promise<void>>();

  /** @param root a folder that is this store's alone; it is made when the first blob comes */
  constructor(root: string) {
    this.#blobs = join(root, "blobs");
    this.#staging = join(root, "tmp");
  }

  async has(sha256: string): Promise<boolean> {
    return (await this.#sizeOf(this.#pathOf(sha256))) !== undefined;
  }

  async put(sha256: string, size: number, source: AsyncIterable<Uint8Array>, { signal }: SignalOptions = {}): Promise<void> {
    const putting = this.#put(source, { sha256, size, signal });
    this.#putting.add(putting);
    try {
      await putting;
    } finally {
      this.#putting.delete(putting);
    }
  }

  async #put(source: AsyncIterable<Uint8Array>, announced: Announced): Promise<void> {
    const { sha256, size } = announced;
    const path = this.#pathOf(sha256);
    const parent = join(path, "..");
    const chunks = size > smallBytes ? counted(source, announced) : verified(source, announced);
    const staged = join(this.#staging, stagedName(ownIdentity()));
    try {
      await Promise.all([this.#make(this.#staging), this.#make(parent)]);
      await this.#write(staged, chunks, announced);
      await diskFailure("write", () => rename(staged, path));
      await diskFailure("write", () => syncFolder(parent));
    } catch (error) {
      // Perhaps somebody has removed them.
      this.#made.clear();
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

  joined(): JoinedDigest {
    const running = this.#threads.running();
    return {
      add: (sha256, size) => void running.add({ path: this.#pathOf(sha256), start: 0, end: size }).catch(() => {}),
      result: () => running.result(),
      drop: () => void running.result().catch(() => {}),
    };
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

  async close(): Promise<void> {
    await Promise.allSettled(this.#putting);
    await this.#threads[Symbol.asyncDispose]();
  }

  /** Writes a blob, and returns when it is on the disk and known to be right. */
  async #write(path: string, chunks: AsyncIterable<Uint8Array>, { sha256, size }: Announced): Promise<void> {
    const file = await diskFailure("write", () => open(path, "wx", 0o644));
    try {
      await using writer = new PieceWriter((piece, bytes) => diskFailure("write", () => writeWhole(file, piece, bytes)));
      for await (const chunk of chunks) await writer.add(chunk);
      await writer.flush();
      const digesting = size > smallBytes ? this.#threads.digests([{ path, start: 0, end: size }]) : Promise.resolve([sha256]);
      digesting.catch(() => {});
      await diskFailure("write", () => file.sync());
      for (const digest of await digesting) checkSha256(digest, { sha256 });
    } finally {
      await file.close();
    }
  }

  /** Makes a folder, once, and makes sure that it outlives a crash of the machine. */
  #make(folder: string): Promise<void> {
    let made = this.#made.get(folder);
    if (made === undefined) {
      made = diskFailure("write", async () => {
        const first = await mkdir(folder, { recursive: true });
        if (first !== undefined) await Promise.all([syncFolder(join(first, "..")), syncFolder(join(folder, ".."))]);
      });
      this.#made.set(folder, made);
    }
    return made;
  }

  #pathOf(sha256: string): string {
    return join(this.#blobs, checkDigest(sha256).slice(0, 2), sha256);
  }

  async #sizeOf(path: string): Promise<number | undefined> {
    return (await diskFailure("read", () => stat(path).catch(ignoreMissing)))?.size;
  }
}

async function writeWhole(file: FileHandle, chunks: readonly Uint8Array[], size: number): Promise<void> {
  let { bytesWritten } = await file.writev(chunks);
  if (bytesWritten === size) return;
  // A write that stopped in the middle: the rest, or the error that stopped it.
  const rest = Buffer.concat(chunks);
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

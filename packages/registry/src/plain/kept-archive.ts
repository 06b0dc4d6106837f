import type { Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, stat, statfs, truncate } from "node:fs/promises";
import { join } from "node:path";
import { BentoError } from "@bento/core";
import { isErrno, onDisk, storeFailure } from "@bento/store/archives";
import { writeAt } from "../content/landing.js";
import type { PullWork } from "../protocol.js";
import { TransferFolder } from "../transfer/transfer-folder.js";
import { type ArchiveBeginning, type ArchiveIdentity, beginningIn } from "./archive-beginning.js";

/** What is written at once. Bytes. */
const batchBytes = 1024 * 1024;
/** So much at most is lost when the process is killed. Bytes. */
const noteBytes = 8 * 1024 * 1024;

interface Open {
  readonly transfer: TransferFolder;
  readonly file: FileHandle;
  readonly path: string;
  readonly hash: Hash;
}

/**
 * The bytes of an archive that is being pulled, kept for a next process in case that this one is killed: they are
 * unpacked while they come, and that cannot be gone on with. The digest of what is there is noted every 8 MiB, and
 * nothing is believed of a file that has another.
 *
 * It takes the room of the archive once more. Where that is not there, or nothing can be written, nothing is kept: a pull
 * must not fail for the sake of the next one.
 */
export class KeptArchive implements AsyncDisposable {
  readonly #home: string;
  readonly #what: readonly string[];
  #open: Open | undefined;
  #pieces: Uint8Array[] = [];
  #written = 0;
  #received = 0;
  #noted = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor({ home, api, noun, tag }: Pick<PullWork, "home" | "api" | "noun" | "tag">) {
    this.#home = join(home, "tmp", "transfers");
    this.#what = ["pull archive", api.http.endpoint, noun, String(tag)];
  }

  /** What an earlier process has left, after a look at every byte of it. */
  async recall(): Promise<ArchiveBeginning | undefined> {
    return ifPossible(() => this.#recall());
  }

  async #recall(): Promise<ArchiveBeginning | undefined> {
    if (this.#open !== undefined || !(await isThere(this.#home))) return undefined;
    return this.#holding(async (transfer, path) => {
      const found = await beginningIn(path, transfer.journal.earlier);
      if (found === undefined || !(await this.#hasRoom(found.identity, found.bytes))) return undefined;
      await onDisk("write", path, () => truncate(path, found.bytes));
      const file = await onDisk("write", path, () => open(path, "r+"));
      this.#start({ transfer, file, path, hash: found.hash }, found.bytes);
      return found;
    });
  }

  /** Keeps an archive from its first byte on, if there is room for it. @param hash of all that {@link add} is given */
  async begin(identity: ArchiveIdentity, hash: Hash): Promise<void> {
    await ifPossible(() => this.#begin(identity, hash));
  }

  async #begin(identity: ArchiveIdentity, hash: Hash): Promise<void> {
    await onDisk("make the folder", this.#home, () => mkdir(this.#home, { recursive: true, mode: 0o700 }));
    if (!(await this.#hasRoom(identity, 0))) return;
    await this.#holding(async (transfer, path) => {
      const file = await onDisk("write", path, () => open(path, "w", 0o600));
      transfer.journal.append(identity);
      this.#start({ transfer, file, path, hash }, 0);
    });
  }

  /** What was recalled, once more. */
  async *beginning(): AsyncGenerator<Uint8Array, void> {
    if (this.#open === undefined || this.#received === 0) return;
    const { path } = this.#open;
    try {
      for await (const chunk of createReadStream(path, { end: this.#received - 1, highWaterMark: batchBytes })) yield chunk as Uint8Array;
    } catch (error) {
      throw storeFailure(error, "read", path);
    }
  }

  /** The next bytes, which are in the hash already. */
  async add(piece: Uint8Array): Promise<void> {
    if (this.#open === undefined) return;
    this.#pieces.push(piece);
    this.#received += piece.length;
    if (this.#received - this.#written < batchBytes) return;
    const opened = this.#open;
    const isKept = await ifPossible(async () => {
      await this.#flush();
      if (this.#received - this.#noted >= noteBytes) await this.#note(opened);
      return true;
    });
    if (isKept !== true) await this.discard();
  }

  /** It is through, or nothing of it is worth keeping. */
  async discard(): Promise<void> {
    const opened = this.#open;
    this.#open = undefined;
    if (opened === undefined) return;
    await this.#writing.catch(() => {});
    await opened.file.close();
    await opened.transfer.done();
  }

  /** Lets go of it; what has come stays for the next one. */
  async [Symbol.asyncDispose](): Promise<void> {
    const opened = this.#open;
    this.#open = undefined;
    if (opened === undefined) return;
    try {
      await this.#flush(opened);
      await this.#note(opened);
    } catch {
      // What could not be written comes again.
    } finally {
      await opened.file.close();
      await opened.transfer[Symbol.asyncDispose]();
    }
  }

  /** Opens the folder of the transfer, which goes again unless something is kept in it. */
  async #holding<T>(work: (transfer: TransferFolder, path: string) => Promise<T>): Promise<T> {
    const transfer = await TransferFolder.open(this.#home, this.#what);
    try {
      return await work(transfer, join(transfer.path, "archive"));
    } finally {
      if (this.#open === undefined) await transfer.done();
    }
  }

  #start(opened: Open, bytes: number): void {
    this.#open = opened;
    this.#pieces = [];
    this.#received = bytes;
    this.#written = bytes;
    this.#noted = bytes;
    this.#writing = Promise.resolve();
  }

  /** Begins to write what has come, when all before it is written. */
  async #flush(opened = this.#open): Promise<void> {
    await this.#writing;
    if (opened === undefined || this.#pieces.length === 0) return;
    const [pieces, position] = [this.#pieces, this.#written];
    this.#pieces = [];
    this.#written = this.#received;
    this.#writing = writeAt(opened.file, pieces, { path: opened.path, position });
    // Looked at before the next one.
    this.#writing.catch(() => {});
  }

  async #note({ transfer, hash }: Open): Promise<void> {
    await this.#writing;
    if (this.#received === this.#noted) return;
    this.#noted = this.#received;
    transfer.journal.append({ bytes: this.#received, sha256: hash.copy().digest("hex") });
    await transfer.journal.flush();
  }

  /** Whether the rest of an archive, and all that it holds, have room on the disk. */
  async #hasRoom({ total }: ArchiveIdentity, bytes: number): Promise<boolean> {
    const { bavail, bsize } = await onDisk("read", this.#home, () => statfs(this.#home));
    return bavail * bsize > total + (total - bytes);
  }
}

/** Does what a pull can do without; where the disk refuses, nothing. */
async function ifPossible<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isErrno(error) || BentoError.is(error, "BENTO_STORE_FAILED")) return undefined;
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return false;
    throw error;
  }
}

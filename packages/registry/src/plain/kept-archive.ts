import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, stat, statfs, truncate } from "node:fs/promises";
import { join } from "node:path";
import { isErrno, onDisk, storeFailure } from "@bento/store/archives";
import { z } from "zod";
import { writeAt } from "../content/landing.js";
import type { PullWork } from "../protocol.js";
import { TransferFolder } from "../transfer/transfer-folder.js";
import { sha256Text } from "../wire/content.js";

/** What is written at once. Bytes. */
const batchBytes = 1024 * 1024;
/** So much at most is lost when the process is killed. Bytes. */
const noteBytes = 8 * 1024 * 1024;

const archiveIdentity = z.object({
  /** A strong validator: of the same one all bytes are the same. */
  etag: z.string(),
  /** Bytes. */
  total: z.int().positive(),
  /** The SHA-256 that came with the archive, where one did. */
  digest: sha256Text.optional(),
});
const note = z.object({ bytes: z.int().positive(), sha256: sha256Text });

/** What tells an archive from all that the same tag may name later. */
export type ArchiveIdentity = z.infer<typeof archiveIdentity>;

/** The beginning of an archive, which an earlier process has got. */
export interface ArchiveBeginning {
  readonly identity: ArchiveIdentity;
  readonly bytes: number;
  /** Of these bytes; goes on with what follows. */
  readonly hash: Hash;
}

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
 * It takes the room of the archive once more. Where that is not there, nothing is kept: a pull that has room enough must
 * not fail for the sake of the next one.
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

  /** What an earlier process has left, after a look at every byte of it. @throws BENTO_STORE_FAILED */
  async recall(): Promise<ArchiveBeginning | undefined> {
    if (this.#open !== undefined || !(await isThere(this.#home))) return undefined;
    const transfer = await TransferFolder.open(this.#home, this.#what);
    const path = pathIn(transfer);
    const found = await beginningIn(path, transfer.journal.earlier);
    if (found === undefined || !(await this.#hasRoom(found.identity, found.bytes))) {
      await transfer.done();
      return undefined;
    }
    await onDisk("write", path, () => truncate(path, found.bytes));
    const file = await onDisk("write", path, () => open(path, "r+"));
    this.#start({ transfer, file, path, hash: found.hash }, found.bytes);
    return found;
  }

  /** Keeps an archive from its first byte on, if there is room for it. @param hash of all that {@link add} is given */
  async begin(identity: ArchiveIdentity, hash: Hash): Promise<void> {
    await onDisk("make the folder", this.#home, () => mkdir(this.#home, { recursive: true, mode: 0o700 }));
    if (!(await this.#hasRoom(identity, 0))) return;
    const transfer = await TransferFolder.open(this.#home, this.#what);
    const path = pathIn(transfer);
    const file = await onDisk("write", path, () => open(path, "w", 0o600));
    transfer.journal.append(identity);
    this.#start({ transfer, file, path, hash }, 0);
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

  /** The next bytes, which are in the hash already. @throws BENTO_STORE_FAILED */
  async add(piece: Uint8Array): Promise<void> {
    if (this.#open === undefined) return;
    this.#pieces.push(piece);
    this.#received += piece.length;
    if (this.#received - this.#written < batchBytes) return;
    await this.#flush();
    if (this.#received - this.#noted >= noteBytes) await this.#note(this.#open);
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

function pathIn(transfer: TransferFolder): string {
  return join(transfer.path, "archive");
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

/** As much of a file as has the digest that was noted. */
async function beginningIn(path: string, lines: readonly unknown[]): Promise<ArchiveBeginning | undefined> {
  const last = lines.findLastIndex((line) => archiveIdentity.safeParse(line).success);
  const identity = archiveIdentity.safeParse(lines[last]).data;
  if (identity === undefined) return undefined;
  const notes = lines.slice(last + 1).flatMap((line) => note.safeParse(line).data ?? []);
  const hash = createHash("sha256");
  let found: ArchiveBeginning | undefined;
  let start = 0;
  // The last byte always comes anew: with it the registry says whether it still has the same.
  for (const { bytes, sha256 } of notes.filter(({ bytes: upTo }) => upTo < identity.total)) {
    if (bytes <= start || !(await digestInto(hash, path, { start, end: bytes }))) break;
    if (hash.copy().digest("hex") !== sha256) break;
    found = { identity, bytes, hash: hash.copy() };
    start = bytes;
  }
  return found;
}

/** @returns whether there are so many bytes */
async function digestInto(hash: Hash, path: string, { start, end }: { readonly start: number; readonly end: number }): Promise<boolean> {
  let missing = end - start;
  try {
    for await (const chunk of createReadStream(path, { start, end: end - 1, highWaterMark: batchBytes })) {
      hash.update(chunk as Uint8Array);
      missing -= (chunk as Uint8Array).length;
    }
  } catch {
    return false;
  }
  return missing === 0;
}

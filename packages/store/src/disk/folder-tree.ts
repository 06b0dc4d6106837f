import { BentoError, type BentoErrorCode } from "@bento/core";
import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync, realpathSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { canBeStored } from "../model/file-path.js";
import { cancellation } from "../store/cancellation.js";
import type { RangeOptions, SignalOptions } from "../store/model-store.js";
import { checkRange } from "../store/range.js";
import { ChunkMemory } from "../transfer/chunk-memory.js";
import type { Tree, TreeEntry, TreeFile } from "../tree/tree.js";
import { SmallFileReader } from "./small-file-reader.js";
import { isErrno, storeFailure } from "./store-failure.js";
import { TimeSlice } from "./time-slice.js";
import { isInside, targetOf, walkTree } from "./tree-walk.js";

/** Files up to this size are read without waiting: handing so little to another thread takes several times as long. */
const smallBytes = 256 * 1024;
const chunkBytes = 1024 * 1024;
/** Never follows a link, and never waits for a pipe. */
const readFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** How a folder's errors appear. */
export interface FolderKind {
  /** The code for what cannot be carried. */
  readonly invalid: BentoErrorCode;
  /** The code for failures of the operating system. */
  readonly failed: BentoErrorCode;
  /** Whether others may change the folder while it is read: then every file is looked at again when it is open. */
  readonly isForeign?: boolean;
  /** Told how many entries there are so far; what it throws ends the walk. */
  readonly onEntry?: (count: number) => void;
}

/**
 * Any folder on disk as a tree: what is exported and what a folder is imported from. Nothing is opened before it is
 * asked for; a relative path counts from the folder that is current now, and may itself be a link.
 *
 * Links that stay inside count as what they lead to, folders too. Of modes only the owner's right to execute is kept.
 * Its methods throw BENTO_TRANSFER_FAILED when the disk refuses, and BENTO_FILE_NOT_FOUND when the folder is gone.
 */
export function folderTree(path: string): Tree {
  return new FolderTree(resolve(path), { invalid: "BENTO_MODEL_INVALID", failed: "BENTO_TRANSFER_FAILED", isForeign: true });
}

/** A folder on disk as a {@link Tree}. */
export class FolderTree implements Tree {
  readonly #folder: string;
  readonly #kind: FolderKind;
  readonly #slice = new TimeSlice();
  readonly #small: SmallFileReader;
  /** The folder with its links resolved, once it was needed. */
  #top: string | undefined;

  /** @param folder absolute */
  constructor(folder: string, kind: FolderKind) {
    this.#folder = folder;
    this.#kind = kind;
    this.#small = new SmallFileReader({ folder, isForeign: kind.isForeign === true, readOne: (path, options) => this.read(path, options) });
  }

  async entries({ signal }: SignalOptions = {}): Promise<readonly TreeEntry[]> {
    const entries: TreeEntry[] = [];
    try {
      for (const entry of walkTree(this.#folder, (path, why) => this.#notCarried(path, why))) {
        entries.push(entry);
        this.#kind.onEntry?.(entries.length);
        if (!this.#slice.isOver) continue;
        await this.#slice.pause();
        if (signal?.aborted) throw cancellation(signal, this.#reading("."));
      }
    } catch (error) {
      throw this.#failure(error, ".");
    }
    if (signal?.aborted) throw cancellation(signal, this.#reading("."));
    return entries;
  }

  async read(path: string, { signal }: SignalOptions = {}): Promise<Uint8Array> {
    if (signal?.aborted) throw cancellation(signal, this.#reading(path));
    if (this.#slice.isOver) await this.#slice.pause();
    const small = this.#readSmall(path);
    if (small !== undefined) return small;
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.stream(path, { signal })) chunks.push(chunk);
    return chunks.length === 1 ? (chunks[0] as Uint8Array) : new Uint8Array(Buffer.concat(chunks));
  }

  async readTogether(files: readonly TreeFile[], options: SignalOptions = {}): Promise<readonly Uint8Array[]> {
    if (options.signal?.aborted) throw cancellation(options.signal, this.#reading("."));
    return this.#small.read(files, options);
  }

  async *stream(path: string, { signal, ...range }: RangeOptions = {}): AsyncGenerator<Uint8Array, void> {
    const { start, end } = checkRange(range);
    if (signal?.aborted) throw cancellation(signal, this.#reading(path));
    const { file, size } = await this.#open(path);
    using memory = new ChunkMemory(chunkBytes);
    const last = Math.min(end, size);
    let position = start;
    const readNext = async (): Promise<Uint8Array | undefined> => {
      const length = Math.min(chunkBytes, last - position);
      if (length <= 0) return undefined;
      const { bytesRead, buffer } = await file.read(memory.take(length), 0, length, position);
      position += bytesRead;
      return bytesRead === 0 ? undefined : new Uint8Array(buffer.buffer, 0, bytesRead);
    };
    let next = readNext();
    try {
      for (let chunk = await next; chunk !== undefined; chunk = await next) {
        if (signal?.aborted) throw cancellation(signal, this.#reading(path));
        // The next chunk is read while the taker works on this one.
        next = readNext();
        // Looked at when the taker comes back, which may be much later.
        next.catch(() => {});
        yield chunk;
      }
    } catch (error) {
      throw this.#failure(error, path);
    } finally {
      await next.catch(() => {});
      await file.close();
    }
  }

  /** The whole file if it is small, without waiting. */
  #readSmall(path: string): Uint8Array | undefined {
    try {
      const file = this.#openAt(path, (place) => openSync(place, readFlags));
      try {
        const stat = fstatSync(file);
        this.#checkInside(file, path);
        if (!stat.isFile()) throw this.#notCarried(path, "it is not a file");
        return stat.size > smallBytes ? undefined : readWhole(file, stat.size);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw this.#failure(error, path);
    }
  }

  async #open(path: string): Promise<{ readonly file: FileHandle; readonly size: number }> {
    try {
      const file = await this.#openLater(path);
      try {
        const stat = await file.stat();
        this.#checkInside(file.fd, path);
        if (stat.isFile()) return { file, size: stat.size };
        throw this.#notCarried(path, "it is not a file");
      } catch (error) {
        await file.close();
        throw error;
      }
    } catch (error) {
      throw this.#failure(error, path);
    }
  }

  async #openLater(path: string): Promise<FileHandle> {
    const place = this.#placeOf(path);
    try {
      return await open(place, readFlags);
    } catch (error) {
      if (!isErrno(error, "ELOOP")) throw error;
      return open(this.#throughLink(path, place), readFlags);
    }
  }

  #openAt(path: string, openFile: (place: string) => number): number {
    const place = this.#placeOf(path);
    try {
      return openFile(place);
    } catch (error) {
      if (!isErrno(error, "ELOOP")) throw error;
      return openFile(this.#throughLink(path, place));
    }
  }

  /** What a link leads to now. It may have been changed since the walk, so it is looked at again. */
  #throughLink(path: string, place: string): string {
    const real = targetOf(place);
    if (real === undefined) throw this.#notCarried(path, "it is a link that leads nowhere");
    if (!isInside(real, realpathSync(this.#folder))) throw this.#notCarried(path, "it is a link that leads out");
    return real;
  }

  /** Refuses a file that was opened through a folder in whose place somebody put a link since the walk. */
  #checkInside(file: number, path: string): void {
    if (this.#kind.isForeign !== true) return;
    this.#top ??= realpathSync(this.#folder);
    if (!isInside(realPathOf(file) ?? realpathSync(this.#placeOf(path)), this.#top)) {
      throw this.#notCarried(path, "it is a link that leads out");
    }
  }

  #placeOf(path: string): string {
    // Not join(): it looks at every character again.
    if (canBeStored(path)) return this.#folder + sep + path;
    throw this.#notFound(path);
  }

  #failure(error: unknown, path: string): unknown {
    if (!isErrno(error)) return error;
    if (isErrno(error, "ENOENT", "ENOTDIR")) return this.#notFound(path, error);
    return storeFailure(error, "read", join(this.#folder, path), this.#kind.failed);
  }

  #notFound(path: string, cause?: unknown): BentoError {
    const what = path === "." ? "There is no folder" : `There is no file ${JSON.stringify(path)} in`;
    return new BentoError("BENTO_FILE_NOT_FOUND", `${what} ${JSON.stringify(this.#folder)}.`, { cause });
  }

  #notCarried(path: string, why: string): BentoError {
    return new BentoError(
      this.#kind.invalid,
      `${JSON.stringify(path)} in ${JSON.stringify(this.#folder)} cannot be carried over: ${why}.`,
      {
        hint: "Only files and folders with UTF-8 names travel: remove it, or put what it stands for in its place.",
      },
    );
  }

  #reading(path: string): string {
    return `Reading ${JSON.stringify(join(this.#folder, path))}`;
  }
}

/** Where an open file really is; `undefined` where only its path can tell: on other systems than Linux, or without /proc. */
function realPathOf(file: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${file}`);
  } catch {
    return undefined;
  }
}

/** As many bytes as a file had when it was opened, or as there are left. The bytes are in memory of their own. */
function readWhole(file: number, size: number): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(size);
  let length = 0;
  while (length < size) {
    const count = readSync(file, bytes, length, size - length, null);
    if (count === 0) break;
    length += count;
  }
  return new Uint8Array(bytes.buffer, 0, length);
}

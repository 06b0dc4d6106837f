import { realpathSync } from "node:fs";
import { open, readFile, type FileHandle } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { BentoErrorCode } from "@bento/core";
import { canBeStored } from "../model/file-path.js";
import { cancellation, checkSignal } from "../store/cancellation.js";
import type { RangeOptions, SignalOptions } from "../store/model-store.js";
import { checkRange } from "../store/range.js";
import { fileNotFound, type VersionedTag } from "../store/stored-item.js";
import type { Tree } from "../tree/tree.js";
import { FolderTree } from "./folder-tree.js";
import { leadsInside, walkModel, type WalkedFile } from "./model-walk.js";
import { isErrno, onDiskSync, storeFailure } from "./store-failure.js";

const pieceBytes = 256 * 1024;

/** The folder of a stored item, for reading. Nothing is opened before it is asked for. */
export class ItemFolder {
  /** Absolute. */
  readonly path: string;
  readonly #tag: VersionedTag;
  readonly #invalid: BentoErrorCode;
  #realPath: string | undefined;

  /** @param invalid the code for what a transfer cannot carry */
  constructor(tag: VersionedTag, path: string, invalid: BentoErrorCode) {
    this.#tag = tag;
    this.path = resolve(path);
    this.#invalid = invalid;
  }

  async read(path: string, { signal }: SignalOptions = {}): Promise<Uint8Array> {
    checkSignal(signal, this.#reading(path));
    const file = this.#fileAt(path);
    try {
      const bytes = await readFile(file, { signal });
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    } catch (error) {
      throw signal?.aborted ? cancellation(signal, this.#reading(path)) : this.#failure(error, path);
    }
  }

  stream(path: string, options: RangeOptions = {}): ReadableStream<Uint8Array> {
    const { start, end } = checkRange(options);
    const { signal } = options;
    let file: FileHandle | undefined;
    let position = start;
    const close = async (): Promise<void> => {
      signal?.removeEventListener("abort", onAbort);
      const closing = file;
      file = undefined;
      await closing?.close();
    };
    let stop: (error: unknown) => void = () => {};
    const onAbort = (): void => stop(cancellation(signal as AbortSignal, this.#reading(path)));
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          stop = (error) => {
            controller.error(error);
            // A read that is under way notices the closed handle by itself.
            // oxlint-disable-next-line promise/no-promise-in-callback -- an abort listener has nobody who could wait
            void close().catch(() => {});
          };
          if (signal?.aborted) return onAbort();
          signal?.addEventListener("abort", onAbort, { once: true });
        },
        pull: async (controller) => {
          try {
            file ??= await open(this.#fileAt(path));
            if (signal?.aborted) return await close();
            const buffer = new Uint8Array(Math.min(pieceBytes, end - position));
            const { bytesRead } = buffer.length === 0 ? { bytesRead: 0 } : await file.read(buffer, 0, buffer.length, position);
            if (signal?.aborted) return;
            position += bytesRead;
            if (bytesRead > 0) controller.enqueue(buffer.subarray(0, bytesRead));
            if (bytesRead === 0 || position >= end) {
              await close();
              controller.close();
            }
          } catch (error) {
            await close().catch(() => {});
            if (!signal?.aborted) throw this.#failure(error, path);
          }
        },
        cancel: close,
      },
      { highWaterMark: 0 },
    );
  }

  resolvePath(path: string): string {
    if (path === "" || path === ".") return this.path;
    return this.#fileAt(path);
  }

  tree(): Tree {
    return new FolderTree(this.path, { invalid: this.#invalid, failed: "BENTO_STORE_FAILED" });
  }

  walk(): Iterable<WalkedFile> {
    return walkModel(this.path);
  }

  /** The absolute path of a file or folder, which is there and in the item. */
  #fileAt(path: string): string {
    if (typeof path !== "string" || !canBeStored(path)) throw fileNotFound(this.#tag, path);
    const file = join(this.path, path);
    this.#realPath ??= onDiskSync("read", this.path, () => realpathSync(this.path));
    if (!leadsInside(file, this.#realPath)) throw fileNotFound(this.#tag, path);
    return file;
  }

  #failure(error: unknown, path: string): unknown {
    return isErrno(error, "ENOENT", "ENOTDIR", "EISDIR")
      ? fileNotFound(this.#tag, path, error)
      : storeFailure(error, "read", join(this.path, path));
  }

  #reading(path: string): string {
    return `Reading ${JSON.stringify(path)} of ${this.#tag.toString()}`;
  }
}

import { BentoError } from "@bento/core";
import type { SignalOptions } from "@bento/store";
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { diskFailure, isErrno } from "../blobs/disk-failure.js";
import type { SentPart, UploadStore } from "./upload-store.js";

const readBytes = 512 * 1024;

/** Uploads as folders, one file for each part; beside each, once it is whole, its ETag. */
export class FolderUploads implements UploadStore {
  readonly #root: string;

  /** @param root a folder that is this store's alone; it is made with the first upload */
  constructor(root: string) {
    this.#root = root;
  }

  async begin(): Promise<string> {
    const upload = randomBytes(16).toString("hex");
    await diskFailure("write", () => mkdir(join(this.#root, upload), { recursive: true }));
    return upload;
  }

  // oxlint-disable-next-line require-await -- a bucket has to sign it
  async url(): Promise<undefined> {
    return undefined;
  }

  async put(upload: string, part: number, source: AsyncIterable<Uint8Array>, { signal }: SignalOptions = {}): Promise<string> {
    const folder = this.#folderOf(upload);
    // Two who send the same part at once do not write into one file.
    const staged = join(folder, `${part}.${randomBytes(8).toString("hex")}.tmp`);
    const hash = createHash("sha256");
    try {
      const file = await diskFailure("write", () => open(staged, "wx"));
      try {
        for await (const chunk of source) {
          if (signal?.aborted === true) throw new BentoError("BENTO_CANCELLED", "The upload was cancelled by its sender.");
          hash.update(chunk);
          await diskFailure("write", () => file.writeFile(chunk));
        }
        await diskFailure("write", () => file.sync());
      } finally {
        await file.close();
      }
      const etag = `"${hash.digest("hex")}"`;
      await diskFailure("write", () => rm(join(folder, `${part}.etag`), { force: true }));
      await diskFailure("write", () => rename(staged, join(folder, `${part}.part`)));
      await diskFailure("write", () => writeFile(join(folder, `${part}.etag`), etag));
      return etag;
    } catch (error) {
      await rm(staged, { force: true }).catch(() => {});
      throw error;
    }
  }

  async parts(upload: string): Promise<readonly SentPart[]> {
    const folder = this.#folderOf(upload);
    const names = await readdir(folder).catch((error: unknown) => missing(error, []));
    const numbers = names.flatMap((name) => (name.endsWith(".etag") ? [Number(name.slice(0, -".etag".length))] : []));
    return diskFailure("read", () =>
      Promise.all(
        numbers
          .toSorted((a, b) => a - b)
          .map(async (number) => ({
            number,
            etag: await readFile(join(folder, `${number}.etag`), "utf8"),
            size: (await stat(join(folder, `${number}.part`))).size,
          })),
      ),
    );
  }

  async complete(): Promise<void> {}

  async *read(upload: string, { signal }: SignalOptions = {}): AsyncGenerator<Uint8Array, void> {
    const parts = await this.parts(upload);
    if (parts.length === 0) throw new BentoError("BENTO_NOT_FOUND", "Nothing has been uploaded.", { hint: "Push again." });
    for (const { number } of parts) {
      const path = join(this.#folderOf(upload), `${number}.part`);
      yield* createReadStream(path, { highWaterMark: readBytes, signal }) as AsyncIterable<Uint8Array>;
    }
  }

  async remove(upload: string): Promise<void> {
    await diskFailure("delete", () => rm(this.#folderOf(upload), { recursive: true, force: true }));
  }

  async sweep(before: Date): Promise<void> {
    for (const upload of await readdir(this.#root).catch((error: unknown) => missing(error, []))) {
      const found = await stat(join(this.#root, upload)).catch((error: unknown) => missing(error, undefined));
      if (found === undefined || found.mtime >= before || !isUpload(upload)) continue;
      await this.remove(upload);
    }
  }

  #folderOf(upload: string): string {
    if (isUpload(upload)) return join(this.#root, upload);
    throw new BentoError("BENTO_BAD_REQUEST", `${JSON.stringify(upload.slice(0, 100))} is no upload.`);
  }
}

function isUpload(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

function missing<T>(error: unknown, instead: T): T {
  if (isErrno(error, "ENOENT")) return instead;
  throw error;
}

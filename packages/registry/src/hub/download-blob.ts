import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { BentoError } from "@bento/core";
import { type BlobHash, blobHash } from "./blob-hash.js";
import { type CacheFolder, sizeOf } from "./cache-folder.js";
import { lockFile } from "./file-lock.js";
import type { HubAnswer, HubConnection } from "./hub-connection.js";
import type { Attempt } from "../transfer/with-retry.js";
import { cacheFailure, named, strangeAnswer } from "./hub-failures.js";
import type { HubFile } from "./listing.js";

/** From here on a file is worth a lock, and what there is of it when a download ends is worth keeping. Bytes. */
const keptFrom = 1024 * 1024;
/** How often a file is fetched whole whose content was another one. */
const mostWholes = 3;

/** What downloading a blob needs to know. */
export interface BlobDownload {
  readonly connection: HubConnection;
  readonly folder: CacheFolder;
  readonly commit: string;
  readonly signal: AbortSignal | undefined;
  /** Told of bytes that are there now; of fewer than none, when some were no good. */
  readonly report: (bytes: number) => void;
}

/**
 * Gets a file's content into the cache, unless it is there: under its digest, when it has been checked against that.
 *
 * A large one lies in `<digest>.incomplete` meanwhile, under the lock that `huggingface_hub` takes, and goes on where
 * that ended, whoever wrote it. Where there are no locks, and for small ones, each process writes a file of its own.
 * @throws BENTO_INTEGRITY_FAILED when the content is another one each time
 */
export async function downloadBlob(file: HubFile, download: BlobDownload): Promise<void> {
  const place = download.folder.blob(file.digest);
  try {
    await mkdir(dirname(place), { recursive: true });
    await fetchBlob(place, file, download);
  } catch (error) {
    throw cacheFailure(error, "write", place);
  }
}

async function fetchBlob(place: string, file: HubFile, download: BlobDownload): Promise<void> {
  const { folder, signal } = download;
  await using lock = file.size < keptFrom ? undefined : await lockFile(folder.lock(file.digest), signal);
  if ((await sizeOf(place)) === file.size) return download.report(file.size);
  const isKept = lock !== undefined;
  const partial = isKept ? `${place}.incomplete` : `${place}.${randomBytes(4).toString("hex")}.incomplete`;
  try {
    await fetchWhole(partial, file, download);
    await rename(partial, place);
  } catch (error) {
    if (!isKept) await rm(partial, { force: true });
    throw error;
  }
}

async function fetchWhole(path: string, file: HubFile, download: BlobDownload): Promise<void> {
  await using part = await PartialBlob.open(path, file, download);
  await part.complete();
}

/** What there is of a blob. */
class PartialBlob implements AsyncDisposable {
  readonly #handle: FileHandle;
  readonly #file: HubFile;
  readonly #download: BlobDownload;
  /** What each host said of the content, so that it sends the rest only of the same. */
  readonly #etags = new Map<string, string>();
  #hash: BlobHash;
  #bytes = 0;

  private constructor(handle: FileHandle, file: HubFile, download: BlobDownload) {
    this.#handle = handle;
    this.#file = file;
    this.#download = download;
    this.#hash = blobHash(file);
    // The hub names a version by its digest; what other hosts name it by is known when they have said so.
    this.#etags.set(new URL(download.connection.target.endpoint).origin, `"${file.digest}"`);
  }

  static async open(path: string, file: HubFile, download: BlobDownload): Promise<PartialBlob> {
    // For reading and writing, made where it is not there, and never emptied.
    const handle = await open(path, "a").then(async (made) => {
      await made.close();
      return open(path, "r+");
    });
    const part = new PartialBlob(handle, file, download);
    try {
      await part.#takeUp();
      return part;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Ends when the content is whole, right and on the disk. */
  async complete(): Promise<void> {
    const { connection } = this.#download;
    for (let wholes = 1; ; wholes++) {
      const isOwn = this.#bytes === 0;
      await connection.retrying((attempt) => this.#fetchRest(attempt));
      if (this.#hash.digest() === this.#file.digest) break;
      await this.#startOver();
      // What another process has left may have been wrong from the start.
      if (isOwn && wholes >= mostWholes) throw this.#otherContent();
    }
    await this.#handle.sync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }

  /** Reads what is there already. */
  async #takeUp(): Promise<void> {
    const { size } = await this.#handle.stat();
    if (size > this.#file.size) return this.#startOver();
    const buffer = new Uint8Array(256 * 1024);
    while (this.#bytes < size) {
      this.#download.signal?.throwIfAborted();
      const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, this.#bytes);
      if (bytesRead === 0) return;
      this.#took(buffer.subarray(0, bytesRead));
    }
  }

  async #fetchRest({ progressed }: Attempt): Promise<void> {
    if (this.#bytes === this.#file.size) return;
    using answer = await this.#download.connection.open(this.#url(), (at) => this.#headers(at));
    await this.#checkHead(answer);
    for await (const chunk of answer.chunks()) {
      if (this.#bytes + chunk.length > this.#file.size) {
        await this.#startOver();
        throw strangeAnswer(this.#download.connection.target, `sends more of ${JSON.stringify(this.#file.path)} than the file has`);
      }
      await this.#write(chunk);
      this.#took(chunk);
      progressed();
    }
    if (this.#bytes < this.#file.size) throw this.#cutShort();
  }

  #url(): URL {
    const { endpoint, modelId } = this.#download.connection.target;
    const path = this.#file.path.split("/").map(encodeURIComponent).join("/");
    return new URL(`${endpoint}/${modelId}/resolve/${this.#download.commit}/${path}`);
  }

  #headers(at: URL): Headers {
    // Packed, a range would be one of other bytes.
    const headers = new Headers({ "accept-encoding": "identity" });
    if (this.#bytes === 0) return headers;
    headers.set("range", `bytes=${this.#bytes}-`);
    const etag = this.#etags.get(at.origin);
    if (etag !== undefined) headers.set("if-range", etag);
    return headers;
  }

  async #checkHead({ head, host }: HubAnswer): Promise<void> {
    const etag = head.headers.get("etag");
    // A weak one says only that the content means the same.
    if (head.status >= 200 && head.status < 300 && etag?.startsWith('"') === true) this.#etags.set(host, etag);
    const range = `bytes ${this.#bytes}-${this.#file.size - 1}/${this.#file.size}`;
    const isRest = head.status === 206 && head.headers.get("content-range") === range;
    if (!isRest && this.#bytes > 0) await this.#startOver();
    if (isRest || head.status === 200) return;
    if (head.status === 206 || head.status === 416) throw this.#cutShort();
    throw await this.#download.connection.refused(head);
  }

  async #write(chunk: Uint8Array): Promise<void> {
    // A disk that is nearly full may take a part, and says so with the next one.
    for (let done = 0; done < chunk.length;) {
      done += (await this.#handle.write(chunk, done, chunk.length - done, this.#bytes + done)).bytesWritten;
    }
  }

  #took(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    this.#download.report(chunk.length);
  }

  async #startOver(): Promise<void> {
    await this.#handle.truncate(0);
    this.#download.report(-this.#bytes);
    this.#bytes = 0;
    this.#hash = blobHash(this.#file);
  }

  #cutShort(): BentoError {
    const { target } = this.#download.connection;
    const what = `${this.#bytes} of ${this.#file.size} bytes of ${JSON.stringify(this.#file.path)}`;
    return new BentoError("BENTO_REGISTRY_FAILED", `${target.endpoint} sent ${what} of the model ${named(target)}.`, {
      hint: "Try again: what came is kept where it is worth it.",
      retryAfterMs: 0,
    });
  }

  #otherContent(): BentoError {
    const { target } = this.#download.connection;
    const file = JSON.stringify(this.#file.path);
    return new BentoError(
      "BENTO_INTEGRITY_FAILED",
      `${file} of the model ${named(target)} is not what ${target.endpoint} says it is: its hash is not ${this.#file.digest}.`,
      {
        hint: "Something between here and the hub changes it: look at proxies and mirrors.",
      },
    );
  }
}

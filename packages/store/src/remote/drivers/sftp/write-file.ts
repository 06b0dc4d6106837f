import { setTimeout as sleep } from "node:timers/promises";
import type { BentoError } from "@bento/core";
import { checkSignal, withSignal } from "../../../store/cancellation.js";
import { withRetry, type Attempt } from "../../../transfer/with-retry.js";
import { isTransientFault, remoteFailure } from "../../remote-failure.js";
import type { RemoteContent } from "../../remote.js";
import { sftpFailure, type Undertaking } from "./failures.js";
import { makeFoldersAbove } from "./make-folders.js";
import { statusCodes } from "./packets.js";
import { kindOf, partialPath } from "./server-path.js";
import { isStatus, openFlags, type SftpClient } from "./sftp-client.js";
import type { SftpDialer } from "./sftp-remote.js";
import { SftpStatus } from "./sftp-session.js";
import { Upload } from "./upload.js";

/** Tries that bring nothing, one after the other: whoever writes tries all of it again. What has not begun is left to them altogether. */
const retries = 4;
/** How long a write that fails waits for what it leaves to be removed: over the connection that there is, and over another one. Milliseconds. */
const cleanUpMs = 300;
const cleanUpAsideMs = 2000;

/** What writing needs to know. */
export interface WriteOptions {
  readonly signal: AbortSignal | undefined;
  readonly under: Undertaking;
}

/**
 * Writes a file beside its place, and renames it when all of it is there. When the connection breaks, it goes on over
 * another one, from where the server has everything before.
 */
export async function writeFile(dialer: SftpDialer, path: string, content: RemoteContent, options: WriteOptions): Promise<void> {
  const writing = new Writing(dialer, path, content, options);
  const isTransient = (error: unknown): boolean => writing.isBegun && !writing.hasContentFailed && isTransientFault(error);
  try {
    await withRetry((attempt) => writing.attempt(attempt), { signal: options.signal, retries, isTransient });
  } catch (error) {
    await writing.cleanUp();
    checkSignal(options.signal, writing.doing);
    throw error;
  }
}

class Writing {
  readonly doing: string;
  readonly #dialer: SftpDialer;
  readonly #path: string;
  readonly #partial: string;
  readonly #upload: Upload;
  readonly #options: WriteOptions;
  /** Whether the server was asked to make the file, so that it may be there. */
  isBegun = false;
  /** Whether the server was asked to rename it, so that it may have done so though nobody heard of it. */
  #isRenaming = false;

  constructor(dialer: SftpDialer, path: string, content: RemoteContent, options: WriteOptions) {
    this.doing = `Writing ${JSON.stringify(options.under.place)}`;
    this.#dialer = dialer;
    this.#path = path;
    this.#partial = partialPath(path);
    this.#upload = new Upload(content, { signal: options.signal, doing: this.doing });
    this.#options = options;
  }

  get hasContentFailed(): boolean {
    return this.#upload.hasContentFailed;
  }

  async attempt({ progressed }: Attempt): Promise<void> {
    const before = this.#upload.confirmed;
    try {
      const client = await this.#wait(this.#dialer.reach());
      if (this.#isRenaming && (await this.#isRenamed(client))) return;
      await this.#send(client);
      await this.#rename(client);
    } catch (error) {
      if (this.#upload.confirmed > before) progressed();
      // What the content throws is the caller's own, and stays as it is.
      throw this.hasContentFailed ? error : sftpFailure(error, this.#options.under);
    }
  }

  /** Removes what was written, best effort: where the server cannot be reached, or has it no more, there is nothing to be done. */
  async cleanUp(): Promise<void> {
    if (!this.isBegun) return;
    const remove = (client: SftpClient): Promise<void> => client.removeFile(this.#partial);
    const removed = this.#dialer.reach().then(remove).then(isDone, isDone);
    if (await Promise.race([removed, sleep(cleanUpMs, false, { ref: false })])) return;
    // It is silent, or all that was sent ahead has to get through first.
    const signal = AbortSignal.timeout(cleanUpAsideMs);
    await withSignal(signal, this.doing, this.#dialer.aside(remove, signal)).catch(() => {});
  }

  async #send(client: SftpClient): Promise<void> {
    const handle = await this.#open(client);
    try {
      await this.#upload.send(client, handle);
      await this.#wait(client.sync(handle));
      const { size } = await this.#wait(client.statOpen(handle));
      const { confirmed } = this.#upload;
      if (size !== undefined && size !== confirmed) throw this.#failure(`the server has ${size} of ${confirmed} bytes`);
    } catch (error) {
      client.close(handle).catch(() => {});
      throw error;
    }
    // A server may say only now that its disk is full.
    await this.#wait(client.close(handle));
  }

  async #open(client: SftpClient): Promise<Uint8Array> {
    try {
      return await this.#openInFolder(client);
    } catch (error) {
      // Also at a later try: the connection may have broken before the folder was made.
      if (!isStatus(error, statusCodes.noSuchFile)) throw error;
      await this.#wait(makeFoldersAbove(client, this.#path, this.#options.under));
      return this.#openInFolder(client);
    }
  }

  async #openInFolder(client: SftpClient): Promise<Uint8Array> {
    if (!this.isBegun) {
      this.isBegun = true;
      return this.#wait(client.open(this.#partial, openFlags.write | openFlags.create | openFlags.exclusive));
    }
    const handle = await this.#wait(client.open(this.#partial, openFlags.write | openFlags.create));
    const { size = 0 } = await this.#wait(client.statOpen(handle));
    this.#upload.confirmed = Math.min(this.#upload.confirmed, size);
    return handle;
  }

  async #rename(client: SftpClient): Promise<void> {
    this.#isRenaming = true;
    try {
      await this.#wait(client.rename(this.#partial, this.#path));
    } catch (error) {
      if (!(error instanceof SftpStatus)) throw error;
      const there = await this.#wait(client.stat(this.#path, { followLinks: false }));
      throw there !== undefined && kindOf(there) === "folder" ? this.#failure("a folder is there") : error;
    }
  }

  async #isRenamed(client: SftpClient): Promise<boolean> {
    if ((await this.#wait(client.stat(this.#partial, { followLinks: false }))) !== undefined) return false;
    const there = await this.#wait(client.stat(this.#path, { followLinks: false }));
    return there?.size === this.#upload.confirmed;
  }

  #wait<T>(promise: Promise<T>): Promise<T> {
    return withSignal(this.#options.signal, this.doing, promise);
  }

  #failure(reason: string): BentoError {
    return remoteFailure({ ...this.#options.under, reason });
  }
}

function isDone(): boolean {
  return true;
}

import type { Dirent } from "node:fs";
import { open, readdir, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { BentoError } from "@bento/core";
import { makeFolders } from "../../../disk/make-folders.js";
import { isErrno } from "../../../disk/store-failure.js";
import { checkSignal } from "../../../store/cancellation.js";
import type { SignalOptions } from "../../../store/model-store.js";
import { writeFileTarget } from "../../../transfer/file-target.js";
import { removeEmpty } from "../../../transfer/folder-target.js";
import { transferFailure } from "../../../transfer/transfer-failure.js";
import { remoteFailure } from "../../remote-failure.js";
import { below } from "../../remote-path.js";
import type { Remote, RemoteContent, RemoteDriver, RemoteEntry, RemoteLocation, RemoteReadOptions } from "../../remote.js";
import { untilAbort } from "../../until-abort.js";

const chunkBytes = 1024 * 1024;

/**
 * The disks of this machine as a remote, `file:///folder/file`, for what works on any remote. Exports and imports use
 * paths, which know more of disks: modes, links, pipes.
 */
export const driver: RemoteDriver = {
  async open(location) {
    if (!location.isUntrusted && location.host === "") return new FileRemote(location);
    throw new BentoError("BENTO_BAD_REQUEST", "A file:// location names a file of this machine, by somebody who is trusted.", {
      hint: "Write file:///path/of/the/file.",
    });
  },
};

class FileRemote implements Remote {
  readonly name = "file:///";
  readonly traits = { ranges: true, lanes: 1 };
  readonly #location: RemoteLocation;

  constructor(location: RemoteLocation) {
    this.#location = location;
  }

  async stat(path: string, { signal }: SignalOptions = {}): Promise<RemoteEntry | undefined> {
    checkSignal(signal, `Looking at ${this.#named(path)}`);
    return this.#onDisk("look at", path, () => entryAt(path));
  }

  async *read(path: string, { start = 0, end, version, signal }: RemoteReadOptions = {}): AsyncGenerator<Uint8Array, void> {
    const doing = `Reading ${this.#named(path)}`;
    checkSignal(signal, doing);
    const entry = await this.#onDisk("read", path, () => entryAt(path));
    if (entry?.kind !== "file") throw this.#failure("read", path, "there is no such file", "BENTO_NOT_FOUND");
    if (version !== undefined && version !== entry.version) throw this.#failure("read", path, "it is another file by now");
    const last = Math.min(end ?? Number.POSITIVE_INFINITY, entry.size ?? 0);
    if (start >= last) return;
    await using file = await this.#onDisk("read", path, () => open(`/${path}`, "r"));
    for (let at = start; at < last;) {
      const bytes = Buffer.allocUnsafeSlow(Math.min(chunkBytes, last - at));
      const { bytesRead } = await this.#onDisk("read", path, () => file.read(bytes, 0, bytes.length, at));
      checkSignal(signal, doing);
      if (bytesRead === 0) throw this.#failure("read", path, "it became shorter while it was read");
      at += bytesRead;
      yield bytes.subarray(0, bytesRead);
    }
  }

  async write(path: string, content: RemoteContent, { signal = new AbortController().signal }: SignalOptions = {}): Promise<void> {
    const doing = `Writing ${this.#named(path)}`;
    checkSignal(signal, doing);
    const folder = dirname(`/${path}`);
    const made = await this.#onDisk("write", path, async () => makeFolders(folder));
    try {
      await writeFileTarget(`/${path}`, untilAbort(content.stream(0), signal, doing), { signal, onFinish: () => {} });
    } catch (error) {
      if (made !== undefined) await removeEmpty(folder, made);
      throw error;
    }
  }

  async makeFolder(path: string, { signal }: SignalOptions = {}): Promise<void> {
    checkSignal(signal, `Making ${this.#named(path)}`);
    await this.#onDisk("write", path, async () => makeFolders(`/${path}`));
  }

  async *list(path: string, { signal }: SignalOptions = {}): AsyncGenerator<RemoteEntry, void> {
    checkSignal(signal, `Listing ${this.#named(path)}`);
    const found = await this.#onDisk("list", path, () => entriesOf(path));
    for (const { name } of found) {
      const entry = await this.#onDisk("list", below(path, name), () => entryAt(below(path, name)));
      checkSignal(signal, `Listing ${this.#named(path)}`);
      if (entry === undefined) continue;
      yield entry;
      if (entry.kind === "folder") yield* this.list(entry.path, { signal });
    }
  }

  async delete(path: string, { signal }: SignalOptions = {}): Promise<void> {
    checkSignal(signal, `Deleting ${this.#named(path)}`);
    await this.#onDisk("delete", path, () => rm(`/${path}`, { recursive: true, force: true }).catch(ignoreMissing));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  async #onDisk<T>(doing: string, path: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw transferFailure(error, doing, `/${path}`);
    }
  }

  #named(path: string): string {
    return JSON.stringify(this.name + path);
  }

  #failure(doing: string, path: string, reason: string, code?: "BENTO_NOT_FOUND"): BentoError {
    return remoteFailure({ doing, place: this.name + path, reason, code, secrets: this.#location.secrets });
  }
}

/** What is at a path: links are what they lead to, and what is neither file nor folder is nothing. */
async function entryAt(path: string): Promise<RemoteEntry | undefined> {
  const found = await stat(`/${path}`, { bigint: true }).catch(ignoreMissing);
  if (found?.isDirectory()) return { kind: "folder", path, size: 0, version: undefined };
  if (!found?.isFile()) return undefined;
  return { kind: "file", path, size: Number(found.size), version: `${found.size}-${found.mtimeNs}-${found.ino}` };
}

/** What is in a folder; links to folders are not followed, as they may lead anywhere, also back. */
async function entriesOf(path: string): Promise<readonly Dirent[]> {
  const entries = (await readdir(`/${path}`, { withFileTypes: true }).catch(ignoreMissing)) ?? [];
  for (const entry of entries) {
    if (!entry.isSymbolicLink() || (await entryAt(below(path, entry.name)))?.kind !== "folder") continue;
    throw new BentoError("BENTO_TRANSFER_FAILED", `Cannot list "/${path}": ${JSON.stringify(entry.name)} is a link to a folder.`, {
      hint: "Put a folder in its place.",
    });
  }
  return entries;
}

function ignoreMissing(error: unknown): undefined {
  if (!isErrno(error, "ENOENT", "ENOTDIR")) throw error;
}

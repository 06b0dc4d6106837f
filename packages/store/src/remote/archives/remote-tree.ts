import { BentoError } from "@bento/core";
import { backupIndexName } from "../../archive/backup-index.js";
import type { FolderSource } from "../../archive/source/import-source.js";
import type { RangeOptions, SignalOptions } from "../../store/model-store.js";
import { byTreeOrder, type Tree, type TreeEntry } from "../../tree/tree.js";
import type { OpenedRemote } from "../engine/open-remote.js";
import { remoteFailure } from "../remote-failure.js";
import { below } from "../remote-path.js";
import type { RemoteEntry, Secrets } from "../remote.js";

/** Files that are read at the same time at least: most of the time of a small one is waiting. */
const leastAtOnce = 4;
const mostAtOnce = 8;

/** A folder of a remote that stands in an archive's place. */
export class RemoteFolderSource implements FolderSource {
  readonly kind = "folder";
  readonly name: string;
  readonly readAhead: number;
  readonly #remote: OpenedRemote;
  readonly #path: string;
  readonly #secrets: Secrets;
  #tree: RemoteTree | undefined;

  constructor(remote: OpenedRemote, path: string, secrets: Secrets) {
    this.name = JSON.stringify(remote.name + path);
    this.readAhead = Math.min(Math.max(remote.traits.lanes, leastAtOnce), mostAtOnce);
    this.#remote = remote;
    this.#path = path;
    this.#secrets = secrets;
  }

  /** Known once its files were listed. */
  get size(): number | undefined {
    return this.#tree?.size;
  }

  open(onEntry: (count: number) => void): Tree {
    this.#tree = new RemoteTree(this.#remote, { folder: this.#path, secrets: this.#secrets, onEntry });
    return this.#tree;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#remote[Symbol.asyncDispose]();
  }
}

/**
 * What lies below a folder of a remote. The names are the server's, and as little to be trusted as those in an archive.
 * Remotes keep no modes: nothing can be executed.
 */
class RemoteTree implements Tree {
  readonly #remote: OpenedRemote;
  readonly #folder: string;
  readonly #secrets: Secrets;
  readonly #onEntry: (count: number) => void;
  /** By path below the folder. */
  readonly #files = new Map<string, RemoteEntry>();
  size: number | undefined;

  constructor(
    remote: OpenedRemote,
    { folder, secrets, onEntry }: { readonly folder: string; readonly secrets: Secrets; readonly onEntry: (count: number) => void },
  ) {
    this.#remote = remote;
    this.#folder = folder;
    this.#secrets = secrets;
    this.#onEntry = onEntry;
  }

  /** @throws BENTO_BAD_REQUEST for a backup, BENTO_NOT_FOUND, and what the remote throws */
  async entries({ signal }: SignalOptions = {}): Promise<readonly TreeEntry[]> {
    const entries: TreeEntry[] = [];
    const start = this.#folder === "" ? 0 : this.#folder.length + 1;
    let total = 0;
    for await (const found of this.#remote.list(this.#folder, { signal })) {
      const path = found.path.slice(start);
      if (found.kind === "folder") entries.push({ kind: "folder", path });
      else {
        const { size, ...file } = await this.#sized(found, signal);
        this.#files.set(path, { ...file, size });
        entries.push({ kind: "file", path, size, executable: false });
        total += size;
      }
      this.#onEntry(entries.length);
    }
    if (entries.length === 0) throw this.#failure("", "there is no such folder, or nothing in it");
    // Each of its archives would be fetched only to find that none is a model.
    if (this.#files.has(backupIndexName)) throw isBackup(this.#remote.name + this.#folder);
    this.size = total;
    return entries.toSorted(byTreeOrder);
  }

  async read(path: string, options: SignalOptions = {}): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.stream(path, options)) chunks.push(chunk);
    return chunks.length === 1 ? (chunks[0] as Uint8Array) : new Uint8Array(Buffer.concat(chunks));
  }

  stream(path: string, options: RangeOptions = {}): AsyncIterable<Uint8Array> {
    const file = this.#files.get(path);
    if (file === undefined) throw this.#failure(path, "there is no such file");
    return this.#remote.readFile(file, options);
  }

  async #sized(found: RemoteEntry, signal: AbortSignal | undefined): Promise<RemoteEntry & { readonly size: number }> {
    const entry = found.size === undefined ? await this.#remote.stat(found.path, { signal }) : found;
    if (entry?.size !== undefined) return { ...entry, size: entry.size };
    throw remoteFailure({
      doing: "read",
      place: this.#remote.name + found.path,
      reason: "the server does not tell how large it is",
      secrets: this.#secrets,
    });
  }

  #failure(path: string, reason: string): Error {
    const place = this.#remote.name + (path === "" ? this.#folder : below(this.#folder, path));
    return remoteFailure({ doing: "read", place, reason, code: "BENTO_NOT_FOUND", secrets: this.#secrets });
  }
}

function isBackup(place: string): BentoError {
  return new BentoError(
    "BENTO_BAD_REQUEST",
    `${JSON.stringify(place)} is a backup, which only a folder of this machine can be taken in as.`,
    {
      hint: "Import its archives one by one, or fetch the folder first.",
    },
  );
}

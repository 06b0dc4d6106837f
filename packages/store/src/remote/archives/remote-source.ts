import type { RandomAccess } from "../../archive/container/container.js";
import type { ByteSource } from "../../archive/source/byte-source.js";
import type { FolderSource } from "../../archive/source/import-source.js";
import { StreamSource } from "../../archive/source/stream-source.js";
import { openRemote, type OpenedRemote } from "../engine/open-remote.js";
import { type GivenLocation, givenLocation } from "../given-location.js";
import { remoteFailure } from "../remote-failure.js";
import { checkRemotePath } from "../remote-path.js";
import type { RemoteEntry } from "../remote.js";
import { RemoteAccess } from "./remote-access.js";
import { RemoteFolderSource } from "./remote-tree.js";

/** How a source elsewhere is opened. */
export interface RemoteSourceOptions {
  readonly location: GivenLocation;
  /** Whether the caller says that it is a folder. */
  readonly isFolder: boolean;
  readonly signal: AbortSignal;
}

/**
 * Opens what is at a place elsewhere: a file as bytes, a folder as a folder. Whoever gets it closes it.
 * @throws BENTO_NOT_FOUND, BENTO_BAD_REQUEST, BENTO_UNAUTHORIZED, BENTO_FORBIDDEN, BENTO_TRANSFER_FAILED
 */
export async function openRemoteSource(
  given: string | URL,
  { location: options, isFolder, signal }: RemoteSourceOptions,
): Promise<ByteSource | FolderSource> {
  const location = givenLocation(given, options);
  const path = checkRemotePath(location.path);
  const remote = await openRemote(location, { signal });
  try {
    if (isFolder || location.path === "" || location.path.endsWith("/")) return new RemoteFolderSource(remote, path, location.secrets);
    const entry = await remote.stat(path, { signal });
    if (entry?.kind === "folder") return new RemoteFolderSource(remote, path, location.secrets);
    if (entry !== undefined) return new RemoteSource(remote, entry, signal);
    throw remoteFailure({
      doing: "read",
      place: remote.name + path,
      reason: "there is no such file or folder",
      hint: "Look for a mistake in the path.",
      code: "BENTO_NOT_FOUND",
      secrets: location.secrets,
    });
  } catch (error) {
    await remote[Symbol.asyncDispose]();
    throw error;
  }
}

/** A file of a remote. Its beginning is looked at by the request that brings all of it. */
class RemoteSource implements ByteSource {
  readonly kind = "bytes";
  readonly name: string;
  readonly path: string;
  readonly size: number | undefined;
  readonly #remote: OpenedRemote;
  readonly #entry: RemoteEntry;
  readonly #signal: AbortSignal;
  #whole: StreamSource | undefined;
  #access: RemoteAccess | undefined;

  constructor(remote: OpenedRemote, entry: RemoteEntry, signal: AbortSignal) {
    this.name = JSON.stringify(remote.name + entry.path);
    this.path = entry.path;
    this.size = entry.size;
    this.#remote = remote;
    this.#entry = entry;
    this.#signal = signal;
  }

  async head(count: number): Promise<Uint8Array> {
    // Of what will be read here and there, the beginning is such a read as well.
    if (this.path.endsWith(".zip") && this.#whole === undefined) {
      const access = this.#anywhere();
      if (access !== undefined) return access.read(0, count);
    }
    return this.#opened().head(count);
  }

  stream(): AsyncIterable<Uint8Array> {
    return this.#opened().stream();
  }

  async random(maxBytes: number): Promise<RandomAccess> {
    const access = this.#anywhere();
    if (access === undefined) return this.#opened().random(maxBytes);
    await this.#whole?.[Symbol.asyncDispose]();
    return access;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#access?.[Symbol.asyncDispose]();
    await this.#whole?.[Symbol.asyncDispose]();
    await this.#remote[Symbol.asyncDispose]();
  }

  #opened(): StreamSource {
    this.#whole ??= new StreamSource(this.#remote.readFile(this.#entry, { signal: this.#signal }), this.name, this.#signal);
    return this.#whole;
  }

  /** `undefined` where it can only be read in order. */
  #anywhere(): RemoteAccess | undefined {
    const { size } = this.#entry;
    if (size === undefined || !this.#remote.traits.ranges) return undefined;
    this.#access ??= new RemoteAccess(this.#remote, { ...this.#entry, size }, this.#signal);
    return this.#access;
  }
}

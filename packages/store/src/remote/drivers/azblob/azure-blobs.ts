import type { Agent } from "node:http";
import type { BlobItem, ContainerClient } from "@azure/storage-blob";
import { cancellation, checkSignal } from "../../../store/cancellation.js";
import type { SignalOptions } from "../../../store/model-store.js";
import { checkRange } from "../../../store/range.js";
import { isTransientFault, remoteFailure } from "../../remote-failure.js";
import type { Remote, RemoteContent, RemoteEntry, RemoteLocation, RemoteReadOptions } from "../../remote.js";
import { IdleSignal } from "../shared/idle-signal.js";
import { isPlainKey, keyOf } from "../shared/object-key.js";
import type { Account } from "./account.js";
import { type AzureLibrary, openContainer } from "./client.js";
import { azureFailure, type Doing, silenceFailure, statusOf } from "./failure.js";
import { uploadBlob } from "./upload-blob.js";

/** How many blobs are deleted at the same time. */
const deletesAtOnce = 8;

/** A container of Azure. */
export class AzureBlobs implements Remote {
  readonly name: string;
  readonly traits = { ranges: true, lanes: 6 };
  readonly #container: ContainerClient;
  readonly #agent: Agent | undefined;
  readonly #location: RemoteLocation;

  private constructor(container: ContainerClient, agent: Agent | undefined, location: RemoteLocation) {
    this.name = `${location.protocol}://${location.host}/`;
    this.#container = container;
    this.#agent = agent;
    this.#location = location;
  }

  static async open(account: Account, location: RemoteLocation, library: AzureLibrary): Promise<AzureBlobs> {
    const { container, agent } = await openContainer(library, account, location.secrets);
    return new AzureBlobs(container, agent, location);
  }

  async stat(path: string, { signal }: SignalOptions = {}): Promise<RemoteEntry | undefined> {
    const about = this.#doing("look at", path);
    const file = path === "" ? undefined : await this.#call(about, signal, (request) => this.#statBlob(path, request));
    if (file !== undefined) return file;
    for await (const _ of this.#blobs(about, path, signal, 1)) return folderEntry(path);
    return path === "" ? folderEntry(path) : undefined;
  }

  async *read(path: string, { version, signal, ...range }: RemoteReadOptions = {}): AsyncGenerator<Uint8Array, void> {
    const { start, end } = checkRange(range);
    const about = this.#doing("read", path);
    checkSignal(signal, `Reading ${about.place}`);
    if (start === end) return;
    using request = new IdleSignal(signal);
    try {
      const response = await this.#container
        .getBlobClient(keyOf(path, about.place))
        .download(start, end === Number.POSITIVE_INFINITY ? undefined : end - start, {
          abortSignal: request.signal,
          maxRetryRequests: 0,
          ...(version !== undefined && { conditions: { ifMatch: `"${version}"` } }),
        });
      // It ends with an error where the answer is shorter than its head said.
      for await (const chunk of response.readableStreamBody ?? []) {
        request.pause();
        yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
        request.checkCaller(`Reading ${about.place}`);
        request.heard();
      }
    } catch (error) {
      // There is nothing of the range.
      if (statusOf(error) === 416) return;
      throw this.#failure(error, about, request);
    }
  }

  async write(path: string, content: RemoteContent, { signal }: SignalOptions = {}): Promise<void> {
    const about = this.#doing("write", path);
    checkSignal(signal, `Writing ${about.place}`);
    const blob = this.#container.getBlockBlobClient(keyOf(path, about.place));
    await uploadBlob(blob, content, {
      signal,
      about,
      send: (request, work) => this.#call(about, request, work),
      isTransient: isTransientFault,
    });
  }

  async makeFolder(path: string, { signal }: SignalOptions = {}): Promise<void> {
    const about = this.#doing("make", path);
    const marker = this.#container.getBlockBlobClient(`${keyOf(path, about.place)}/`);
    await this.#call(about, signal, ({ signal: abortSignal }) => marker.upload("", 0, { abortSignal }));
  }

  async *list(path: string, { signal }: SignalOptions = {}): AsyncGenerator<RemoteEntry, void> {
    const about = this.#doing("list", path);
    const above = path === "" ? "" : `${path}/`;
    for await (const blob of this.#blobs(about, path, signal)) {
      if (blob.name === above) continue;
      const entry = entryOf(blob);
      if (!isPlainKey(entry.path) || !entry.path.startsWith(above)) throw this.#hostile(about, blob.name);
      yield entry;
    }
  }

  async delete(path: string, { signal }: SignalOptions = {}): Promise<void> {
    const about = this.#doing("delete", path);
    const remove = (name: string): Promise<void> => this.#call(about, signal, (request) => this.#deleteBlob(name, request));
    const deleting = new Set<Promise<void>>();
    // Where folders are real they can be deleted when nothing is in them.
    const folders: string[] = [];
    try {
      for await (const blob of this.#blobs(about, path, signal)) {
        const { kind, path: key } = entryOf(blob);
        if (!isPlainKey(key)) throw this.#hostile(about, blob.name);
        if (kind === "folder") {
          folders.push(blob.name);
          continue;
        }
        const done = remove(blob.name).finally(() => deleting.delete(done));
        done.catch(() => {});
        deleting.add(done);
        if (deleting.size >= deletesAtOnce) await Promise.race(deleting);
      }
      await Promise.all(deleting);
    } finally {
      await Promise.allSettled(deleting);
    }
    for (const folder of folders.toReversed()) await remove(folder);
    if (path !== "") await remove(keyOf(path, about.place));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#agent?.destroy();
    return Promise.resolve();
  }

  async #statBlob(path: string, { signal }: IdleSignal): Promise<RemoteEntry | undefined> {
    try {
      const found = await this.#container.getBlobClient(keyOf(path, this.name + path)).getProperties({ abortSignal: signal });
      if (isFolder(found.metadata)) return folderEntry(path);
      return { kind: "file", path, size: found.contentLength, version: versionOf(found.etag) };
    } catch (error) {
      const isContainer = error instanceof Error && "code" in error && error.code === "ContainerNotFound";
      if (statusOf(error) === 404 && !isContainer) return undefined;
      throw error;
    }
  }

  async #deleteBlob(name: string, { signal }: IdleSignal): Promise<void> {
    try {
      await this.#container.getBlobClient(name).delete({ abortSignal: signal, deleteSnapshots: "include" });
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  }

  /** All blobs below a folder, page by page. */
  async *#blobs(about: Doing, path: string, signal: AbortSignal | undefined, maxPageSize = 5000): AsyncGenerator<BlobItem, void> {
    const doing = `Listing ${about.place}`;
    checkSignal(signal, doing);
    using request = new IdleSignal(signal);
    const prefix = path === "" ? "" : `${keyOf(path, about.place)}/`;
    try {
      const pages = this.#container.listBlobsFlat({ prefix, includeMetadata: true, abortSignal: request.signal }).byPage({ maxPageSize });
      for await (const page of pages) {
        request.pause();
        for (const blob of page.segment.blobItems) {
          yield blob;
          request.checkCaller(doing);
        }
        request.heard();
      }
    } catch (error) {
      throw this.#failure(error, about, request);
    }
  }

  /** One request, which ends with its signal, and is given up where the server says nothing. */
  async #call<T>(about: Doing, signal: AbortSignal | undefined, work: (request: IdleSignal) => Promise<T>): Promise<T> {
    checkSignal(signal, `Asking to ${about.doing} ${about.place}`);
    using request = new IdleSignal(signal);
    try {
      return await work(request);
    } catch (error) {
      throw this.#failure(error, about, request, signal);
    }
  }

  #failure(error: unknown, about: Doing, request: IdleSignal, signal?: AbortSignal): Error {
    if (signal?.aborted) return cancellation(signal, `Asking to ${about.doing} ${about.place}`);
    request.checkCaller(`Asking to ${about.doing} ${about.place}`);
    return request.isIdle ? silenceFailure(about) : azureFailure(error, about);
  }

  #hostile(about: Doing, name: string): Error {
    const reason = `the server lists ${JSON.stringify(name)}, which leads out of it`;
    return remoteFailure({ ...about, reason, hint: "Rename or delete that blob." });
  }

  #doing(doing: string, path: string): Doing {
    return { doing, place: this.name + path, secrets: this.#location.secrets };
  }
}

function entryOf({ name, properties, metadata }: BlobItem): RemoteEntry {
  if (name.endsWith("/")) return folderEntry(name.slice(0, -1));
  if (isFolder(metadata)) return folderEntry(name);
  return { kind: "file", path: name, size: properties.contentLength, version: versionOf(properties.etag) };
}

/** Accounts with real folders, and some tools, mark them so. */
function isFolder(metadata: Readonly<Record<string, string>> | undefined): boolean {
  return metadata?.["hdi_isfolder"] === "true";
}

/** A list gives the ETag without the quotes that headers have. */
function versionOf(etag: string | undefined): string | undefined {
  return etag?.replace(/^"|"$/g, "");
}

function folderEntry(path: string): RemoteEntry {
  return { kind: "folder", path, size: 0, version: undefined };
}

import { randomUUID } from "node:crypto";
import { BentoError } from "@bento/core";
import { checkSignal } from "../../../store/cancellation.js";
import type { RangeOptions, SignalOptions } from "../../../store/model-store.js";
import { remoteFailure } from "../../remote-failure.js";
import type { Remote, RemoteContent, RemoteDriver, RemoteEntry, RemoteLocation, RemoteReadOptions } from "../../remote.js";
import { untilAbort } from "../../until-abort.js";

/** A file: its bytes never change, another content is another file. */
interface MemoryFile {
  readonly bytes: Uint8Array;
  readonly version: string;
}

/** What there is under one name: files, and `undefined` for folders that were made, by path. */
type Place = Map<string, MemoryFile | undefined>;

/** By name; shared by everybody in this process. */
const places = new Map<string, Place>();

const chunkBytes = 1024 * 1024;

/** Files in the memory of this process, `memory://name/path`: for tests. They stay until they are deleted. */
export const driver: RemoteDriver = {
  async open(location) {
    if (location.isUntrusted) {
      throw new BentoError("BENTO_BAD_REQUEST", "memory:// is inside this process: no location that is not trusted may name it.");
    }
    const place = places.get(location.host) ?? new Map();
    places.set(location.host, place);
    return new MemoryRemote(place, location);
  },
};

class MemoryRemote implements Remote {
  readonly name: string;
  readonly traits = { ranges: true, lanes: 4 };
  readonly #place: Place;
  readonly #location: RemoteLocation;

  constructor(place: Place, location: RemoteLocation) {
    this.#place = place;
    this.#location = location;
    this.name = `memory://${location.host}/`;
  }

  async stat(path: string, { signal }: SignalOptions = {}): Promise<RemoteEntry | undefined> {
    checkSignal(signal, `Looking at ${this.#named(path)}`);
    const file = this.#place.get(path);
    if (file !== undefined) return fileEntry(path, file);
    const isFolder = path === "" || this.#place.has(path) || this.#below(path).length > 0;
    return isFolder ? folderEntry(path) : undefined;
  }

  async *read(path: string, { start = 0, end, version, signal }: RemoteReadOptions & RangeOptions = {}): AsyncGenerator<Uint8Array, void> {
    const doing = `Reading ${this.#named(path)}`;
    checkSignal(signal, doing);
    const file = this.#place.get(path);
    if (file === undefined) throw this.#failure("read", path, "there is no such file", "BENTO_NOT_FOUND");
    if (version !== undefined && version !== file.version) throw this.#failure("read", path, "it is another file by now");
    const last = Math.min(end ?? file.bytes.length, file.bytes.length);
    for (let at = start; at < last; at += chunkBytes) {
      // A turn of the event loop for each, so that nothing else waits for a large file.
      await new Promise(setImmediate);
      checkSignal(signal, doing);
      yield file.bytes.slice(at, Math.min(at + chunkBytes, last));
    }
  }

  async write(path: string, content: RemoteContent, { signal }: SignalOptions = {}): Promise<void> {
    checkSignal(signal, `Writing ${this.#named(path)}`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of untilAbort(content.stream(0), signal, `Writing ${this.#named(path)}`)) chunks.push(chunk);
    this.#checkFree(path);
    this.#place.set(path, { bytes: new Uint8Array(Buffer.concat(chunks)), version: randomUUID() });
  }

  async makeFolder(path: string, { signal }: SignalOptions = {}): Promise<void> {
    checkSignal(signal, `Making ${this.#named(path)}`);
    if (this.#place.get(path) !== undefined) throw this.#failure("write", path, "a file is there");
    this.#place.set(path, undefined);
  }

  async *list(path: string, { signal }: SignalOptions = {}): AsyncGenerator<RemoteEntry, void> {
    const check = (): void => checkSignal(signal, `Listing ${this.#named(path)}`);
    const folders = new Set<string>();
    for (const [key, file] of this.#below(path)) {
      check();
      for (const folder of file === undefined ? [...foldersAbove(key), key] : foldersAbove(key)) {
        if (folders.has(folder) || folder.length <= path.length) continue;
        folders.add(folder);
        yield folderEntry(folder);
        check();
      }
      if (file !== undefined) yield fileEntry(key, file);
    }
    check();
  }

  async delete(path: string, { signal }: SignalOptions = {}): Promise<void> {
    checkSignal(signal, `Deleting ${this.#named(path)}`);
    this.#place.delete(path);
    for (const [key] of this.#below(path)) this.#place.delete(key);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #below(path: string): readonly (readonly [string, MemoryFile | undefined])[] {
    const prefix = path === "" ? "" : `${path}/`;
    return [...this.#place].filter(([key]) => key.startsWith(prefix));
  }

  /** A file can be no folder, here as on a disk. */
  #checkFree(path: string): void {
    const isFolder = path === "" || (this.#place.has(path) && this.#place.get(path) === undefined) || this.#below(path).length > 0;
    if (isFolder) throw this.#failure("write", path, "a folder is there");
    const file = foldersAbove(path).find((folder) => this.#place.get(folder) !== undefined);
    if (file !== undefined) throw this.#failure("write", path, `${JSON.stringify(file)} is a file`);
  }

  #named(path: string): string {
    return JSON.stringify(this.name + path);
  }

  #failure(doing: string, path: string, reason: string, code?: "BENTO_NOT_FOUND"): BentoError {
    return remoteFailure({ doing, place: this.name + path, reason, code, secrets: this.#location.secrets });
  }
}

function fileEntry(path: string, { bytes, version }: MemoryFile): RemoteEntry {
  return { kind: "file", path, size: bytes.length, version };
}

function folderEntry(path: string): RemoteEntry {
  return { kind: "folder", path, size: 0, version: undefined };
}

/** `a` and `a/b` for `a/b/c`. */
function foldersAbove(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}

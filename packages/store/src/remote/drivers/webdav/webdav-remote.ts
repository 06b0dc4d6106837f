import type { SignalOptions } from "../../../store/model-store.js";
import type { Remote, RemoteContent, RemoteEntry, RemoteReadOptions, Secrets } from "../../remote.js";
import { Asking, type Doing } from "../http/asking.js";
import { versionOf } from "../http/file-version.js";
import { readFile } from "../http/read-file.js";
import { partialOf } from "../shared/partial-name.js";
import type { DavServer } from "./dav-server.js";
import type { Resource } from "./multistatus.js";

/** Reads, or writes, at once that bring more than one. */
const lanes = 4;
/** How long what is left of a write that failed is tried to be removed. Milliseconds. */
const cleanUpMs = 3000;
/** Folders in each other: what is deeper is a folder that holds itself. */
const maxDepth = 100;

/** Files and folders at a WebDAV server. */
export class WebdavRemote implements Remote {
  readonly name: string;
  /** What the server's answers say of it, as they come. */
  readonly traits = { ranges: true, lanes };
  readonly #server: DavServer;
  readonly #secrets: Secrets;
  /** Folders that were there when they were looked for. */
  readonly #folders = new Map<string, Promise<void>>();

  constructor(name: string, server: DavServer, secrets: Secrets) {
    this.name = name;
    this.#server = server;
    this.#secrets = secrets;
  }

  async stat(given: string, { signal }: SignalOptions = {}): Promise<RemoteEntry | undefined> {
    const path = withoutSlash(given);
    const found = await this.#server.look(path, this.#asking("look at", path, signal));
    return found && entryOf(path, found);
  }

  read(path: string, options: RemoteReadOptions = {}): AsyncIterable<Uint8Array> {
    const asking = this.#asking("read", path, options.signal);
    return readFile({ client: this.#server.client, url: this.#server.url(path, asking), asking, traits: this.traits }, options);
  }

  /** Under another name first, as some servers show what they have of a file. */
  async write(path: string, content: RemoteContent, { signal }: SignalOptions = {}): Promise<void> {
    const asking = this.#asking("write", path, signal);
    const partial = partialOf(path);
    // What is put in the place of a folder would remove all that is in it.
    const there = await this.#server.look(path, asking);
    if (there?.isFolder === true)
      throw asking.failure({ reason: "a folder is there", hint: "Name another path, or delete the folder first." });
    if (there === undefined) await this.#ensureFolder(folderOf(path), asking);
    try {
      await this.#server.put(partial, content, asking);
      await this.#server.replace(partial, path, asking);
    } catch (error) {
      // The folder may be gone by now.
      this.#folders.clear();
      const cleaning = this.#asking("delete", partial, AbortSignal.timeout(cleanUpMs));
      await this.#server.remove(partial, cleaning).catch(() => {});
      throw error;
    }
  }

  async makeFolder(path: string, { signal }: SignalOptions = {}): Promise<void> {
    await this.#ensureFolder(withoutSlash(path), this.#asking("make", path, signal));
  }

  /** Level by level: many servers refuse to list all of them at once. */
  async *list(given: string, { signal }: SignalOptions = {}): AsyncGenerator<RemoteEntry, void> {
    const asking = this.#asking("list", given, signal);
    const folders = [withoutSlash(given)];
    for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
      if (folder.split("/").length > maxDepth) throw asking.failure({ reason: `it has more than ${maxDepth} folders in each other` });
      for await (const found of this.#server.list(folder, asking)) {
        asking.check();
        const path = folder === "" ? found.name : `${folder}/${found.name}`;
        if (found.isFolder) folders.push(path);
        yield entryOf(path, found);
      }
      asking.check();
    }
  }

  async delete(path: string, { signal }: SignalOptions = {}): Promise<void> {
    this.#folders.clear();
    const asking = this.#asking("delete", path, signal);
    // Of what is no folder some servers say so when something below it is to be removed.
    if ((await this.#server.look(withoutSlash(path), asking)) !== undefined) await this.#server.remove(path, asking);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.client.close();
  }

  /** Makes a folder and those above it, unless they are there. Who writes many files looks once. */
  async #ensureFolder(path: string, asking: Asking): Promise<void> {
    if (path === "") return;
    const known = this.#folders.get(path);
    // Another write may be making it, and may be given up.
    if (known !== undefined && (await known.then(() => true).catch(() => false))) return asking.check();
    const made = this.#makeFolders(path, asking);
    this.#folders.set(path, made);
    made.catch(() => this.#folders.delete(path));
    await made;
  }

  async #makeFolders(path: string, asking: Asking): Promise<void> {
    const there = await this.#server.look(path, asking);
    if (there?.isFolder === true) return;
    if (there !== undefined) throw asking.failure({ reason: `${JSON.stringify(path)} is a file there, and no folder` });
    await this.#ensureFolder(folderOf(path), asking);
    await this.#server.makeFolder(path, asking);
  }

  #asking(doing: Doing, path: string, signal: AbortSignal | undefined): Asking {
    return new Asking(doing, this.name + path, this.#secrets, signal);
  }
}

function entryOf(path: string, { isFolder, marks }: Resource): RemoteEntry {
  if (isFolder) return { kind: "folder", path, size: 0, version: undefined };
  return { kind: "file", path, size: marks.size, version: versionOf(marks) };
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function withoutSlash(path: string): string {
  return path.replace(/\/+$/, "");
}

import type { IncomingMessage } from "node:http";
import { checkSignal } from "../../../store/cancellation.js";
import type { SignalOptions } from "../../../store/model-store.js";
import { checkRange } from "../../../store/range.js";
import { remoteFailure } from "../../remote-failure.js";
import { idleMs, type Remote, type RemoteContent, type RemoteEntry, type RemoteLocation, type RemoteReadOptions } from "../../remote.js";
import { IdleSignal } from "../shared/idle-signal.js";
import { isPlainKey, keyOf } from "../shared/object-key.js";
import { type Doing, googleFailure, GoogleRefusal } from "./failure.js";
import { entryOf, folderEntry, type GoogleObject, googleObject, googlePage, objectFields } from "./object-entry.js";
import { type BucketRequests, drain } from "./requests.js";
import { uploadObject } from "./upload-object.js";

/** How many objects are deleted at the same time. */
const deletesAtOnce = 8;

/** A bucket of Google. */
export class GoogleObjects implements Remote {
  readonly name: string;
  readonly traits = { ranges: true, lanes: 6 };
  readonly #requests: BucketRequests;
  readonly #location: RemoteLocation;

  constructor(requests: BucketRequests, location: RemoteLocation) {
    this.name = `${location.protocol}://${location.host}/`;
    this.#requests = requests;
    this.#location = location;
  }

  async stat(path: string, { signal }: SignalOptions = {}): Promise<RemoteEntry | undefined> {
    const about = this.#doing("look at", path);
    const file = path === "" ? undefined : await this.#call(about, signal, (request) => this.#statObject(path, request));
    if (file !== undefined) return entryOf(file);
    for await (const _ of this.#objects(about, path, signal, 1)) return folderEntry(path);
    return path === "" ? folderEntry(path) : undefined;
  }

  async *read(path: string, { version, signal, ...range }: RemoteReadOptions = {}): AsyncGenerator<Uint8Array, void> {
    const { start, end } = checkRange(range);
    const about = this.#doing("read", path);
    checkSignal(signal, `Reading ${about.place}`);
    if (start === end) return;
    using request = new IdleSignal(signal);
    try {
      const query = { alt: "media", ifGenerationMatch: version };
      const isWhole = start === 0 && end === Number.POSITIVE_INFINITY;
      // What was stored compressed comes as it was stored, not unpacked on the way.
      const headers = {
        "accept-encoding": "gzip",
        ...(!isWhole && { range: `bytes=${start}-${end === Number.POSITIVE_INFINITY ? "" : end - 1}` }),
      };
      const asked = { method: "GET", path: this.#requests.objects(keyOf(path, about.place)), query, headers } as const;
      const answer = await this.#requests.ask(asked, request, [200, 206]);
      if (!isWhole && answer.statusCode !== 206) throw new Error("the server does not give parts of files");
      yield* this.#body(answer, about, request);
    } catch (error) {
      // There is nothing of the range.
      if (error instanceof GoogleRefusal && error.status === 416) return;
      throw this.#failure(error, about, request);
    }
  }

  async write(path: string, content: RemoteContent, { signal }: SignalOptions = {}): Promise<void> {
    const about = this.#doing("write", path);
    checkSignal(signal, `Writing ${about.place}`);
    await uploadObject(this.#requests, keyOf(path, about.place), content, {
      signal,
      about,
      send: (caller, work) => this.#call(about, caller, work),
    });
  }

  async makeFolder(path: string, { signal }: SignalOptions = {}): Promise<void> {
    const about = this.#doing("make", path);
    const query = { uploadType: "media", name: `${keyOf(path, about.place)}/` };
    await this.#call(about, signal, (request) => this.#requests.askJson({ method: "POST", path: this.#requests.uploads, query }, request));
  }

  async *list(path: string, { signal }: SignalOptions = {}): AsyncGenerator<RemoteEntry, void> {
    const about = this.#doing("list", path);
    const above = path === "" ? "" : `${path}/`;
    for await (const object of this.#objects(about, path, signal)) {
      if (object.name === above) continue;
      const entry = entryOf(object);
      this.#checkName(about, entry.path, above);
      yield entry;
    }
  }

  async delete(path: string, { signal }: SignalOptions = {}): Promise<void> {
    const about = this.#doing("delete", path);
    const remove = (name: string): Promise<void> => this.#call(about, signal, (request) => this.#deleteObject(name, request));
    const deleting = new Set<Promise<void>>();
    try {
      for await (const { name } of this.#objects(about, path, signal)) {
        this.#checkName(about, name.replace(/\/$/, ""), "");
        const done = remove(name).finally(() => deleting.delete(done));
        done.catch(() => {});
        deleting.add(done);
        if (deleting.size >= deletesAtOnce) await Promise.race(deleting);
      }
      await Promise.all(deleting);
    } finally {
      await Promise.allSettled(deleting);
    }
    if (path !== "") await remove(keyOf(path, about.place));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#requests.close();
    return Promise.resolve();
  }

  /** The bytes of an answer, as many as its head says. */
  async *#body(answer: IncomingMessage, about: Doing, request: IdleSignal): AsyncGenerator<Uint8Array, void> {
    const promised = Number(answer.headers["content-length"] ?? Number.NaN);
    let got = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      request.pause();
      got += chunk.length;
      yield chunk;
      request.checkCaller(`Reading ${about.place}`);
      request.heard();
    }
    if (got < promised) throw Object.assign(new Error(`it gave ${got} of ${promised} bytes`), { code: "ECONNRESET" });
  }

  async #statObject(path: string, request: IdleSignal): Promise<GoogleObject | undefined> {
    try {
      const asked = {
        method: "GET",
        path: this.#requests.objects(keyOf(path, this.name + path)),
        query: { fields: objectFields },
      } as const;
      return googleObject(await this.#requests.askJson(asked, request));
    } catch (error) {
      // Whether it is the bucket that is missing shows when it is listed.
      if (error instanceof GoogleRefusal && error.status === 404) return undefined;
      throw error;
    }
  }

  async #deleteObject(name: string, request: IdleSignal): Promise<void> {
    await drain(await this.#requests.ask({ method: "DELETE", path: this.#requests.objects(name) }, request, [200, 204, 404]));
  }

  /** All objects below a folder, page by page. */
  async *#objects(about: Doing, path: string, signal: AbortSignal | undefined, atOnce = 1000): AsyncGenerator<GoogleObject, void> {
    const prefix = path === "" ? undefined : `${keyOf(path, about.place)}/`;
    let pageToken: string | undefined;
    do {
      const query = { prefix, pageToken, maxResults: String(atOnce), fields: `items(${objectFields}),nextPageToken` };
      const page = await this.#call(about, signal, async (request) =>
        googlePage(await this.#requests.askJson({ method: "GET", path: this.#requests.objects(), query }, request)),
      );
      for (const object of page.items) {
        yield object;
        checkSignal(signal, `Listing ${about.place}`);
      }
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
  }

  /** One request, which ends with its signal, and is given up where the server says nothing. */
  async #call<T>(about: Doing, signal: AbortSignal | undefined, work: (request: IdleSignal) => Promise<T>): Promise<T> {
    checkSignal(signal, `Asking to ${about.doing} ${about.place}`);
    using request = new IdleSignal(signal);
    try {
      return await work(request);
    } catch (error) {
      throw this.#failure(error, about, request);
    }
  }

  #failure(error: unknown, about: Doing, request: IdleSignal): Error {
    request.checkCaller(`Asking to ${about.doing} ${about.place}`);
    if (!request.isIdle) return googleFailure(error, about);
    return remoteFailure({ ...about, reason: `nothing was heard of the server for ${idleMs / 1000} seconds`, isTransient: true });
  }

  #checkName(about: Doing, name: string, above: string): void {
    if (isPlainKey(name) && name.startsWith(above)) return;
    const reason = `the server lists ${JSON.stringify(name)}, which leads out of it`;
    throw remoteFailure({ ...about, reason, hint: "Rename or delete that object." });
  }

  #doing(doing: string, path: string): Doing {
    return { doing, place: this.name + path, secrets: this.#location.secrets };
  }
}

import type { BentoError } from "@bento/core";
import type { SignalOptions } from "../../../store/model-store.js";
import type { Remote, RemoteContent, RemoteEntry, RemoteReadOptions, Secrets } from "../../remote.js";
import { Asking, type Doing } from "./asking.js";
import { marksOf, versionOf } from "./file-version.js";
import { readFile } from "./read-file.js";
import { refused } from "./refused.js";
import type { WebAnswer } from "./web-answer.js";
import type { WebClient } from "./web-client.js";
import { urlBelow } from "./web-url.js";

/** Reads, or writes, at once that bring more than one. */
const lanes = 4;

/** Statuses of servers that know GET, but not HEAD, or that allow it alone: a signed URL is signed for one method. */
const headRefused: ReadonlySet<number> = new Set([400, 403, 405, 501]);

/** Files at a web server. */
export class HttpRemote implements Remote {
  readonly name: string;
  /** What the server's answers say of it, as they come. */
  readonly traits = { ranges: true, lanes };
  readonly #client: WebClient;
  readonly #base: URL;
  readonly #secrets: Secrets;

  /** @param base the server, with the query that goes along with each request */
  constructor(client: WebClient, base: URL, secrets: Secrets) {
    this.name = `${base.protocol}//${base.host}/`;
    this.#client = client;
    this.#base = base;
    this.#secrets = secrets;
  }

  async stat(path: string, { signal }: SignalOptions = {}): Promise<RemoteEntry | undefined> {
    const asking = this.#asking("look at", path, signal);
    asking.check();
    if (path === "" && this.#base.search === "") return { kind: "folder", path, size: 0, version: undefined };
    const url = urlBelow(this.#base, path, asking);
    using head = await this.#client.ask({ method: "HEAD", url, asking });
    await head.skip();
    if (!headRefused.has(head.status)) return await this.#entry(path, head, asking);
    using answer = await this.#client.ask({ method: "GET", url, headers: { range: "bytes=0-0" }, asking });
    return await this.#entry(path, answer, asking);
  }

  read(path: string, options: RemoteReadOptions = {}): AsyncIterable<Uint8Array> {
    const asking = this.#asking("read", path, options.signal);
    return readFile({ client: this.#client, url: urlBelow(this.#base, path, asking), asking, traits: this.traits }, options);
  }

  async write(path: string, content: RemoteContent, { signal }: SignalOptions = {}): Promise<void> {
    const asking = this.#asking("write", path, signal);
    const url = urlBelow(this.#base, path, asking);
    using answer = await this.#client.ask({ method: "PUT", url, body: content, asking });
    if (![200, 201, 204].includes(answer.status)) throw await refused(answer, asking);
    await answer.skip();
  }

  // oxlint-disable-next-line require-yield -- there is nothing to yield, ever
  async *list(path: string, { signal }: SignalOptions = {}): AsyncGenerator<RemoteEntry, void> {
    throw noLists(this.#asking("list", path, signal));
  }

  async delete(path: string, { signal }: SignalOptions = {}): Promise<void> {
    const asking = this.#asking("delete", path, signal);
    using answer = await this.#client.ask({ method: "DELETE", url: urlBelow(this.#base, path, asking), asking });
    if (![200, 202, 204, 404, 410].includes(answer.status)) throw await refused(answer, asking);
    await answer.skip();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
  }

  async #entry(path: string, answer: WebAnswer, asking: Asking): Promise<RemoteEntry | undefined> {
    const { status, headers } = answer;
    if (status === 404 || status === 410) return undefined;
    const isEmpty = status === 416 && headers["content-range"] === "bytes */0";
    if (status !== 200 && status !== 206 && !isEmpty) throw await refused(answer, asking);
    this.traits.ranges = status === 206 || headers["accept-ranges"]?.toLowerCase() === "bytes";
    const marks = isEmpty ? { ...marksOf(answer), size: 0 } : marksOf(answer);
    return { kind: "file", path, size: marks.size, version: versionOf(marks) };
  }

  #asking(doing: Doing, path: string, signal: AbortSignal | undefined): Asking {
    return new Asking(doing, this.name + path, this.#secrets, signal);
  }
}

function noLists(asking: Asking): BentoError {
  return asking.failure({
    code: "BENTO_BAD_REQUEST",
    reason: "plain HTTP knows no folders",
    hint: "Where the server speaks WebDAV, use webdav:// or webdavs://; else name an archive.",
  });
}

import type { BentoError } from "@bento/core";
import type { SignalOptions } from "../../../store/model-store.js";
import type { Remote, RemoteContent, RemoteEntry, RemoteReadOptions, Secrets } from "../../remote.js";
import { Asking, type Doing } from "../http/asking.js";
import { sizeIn } from "../http/file-version.js";
import { changed, readFile } from "../http/read-file.js";
import { refused } from "../http/refused.js";
import type { WebAnswer } from "../http/web-answer.js";
import type { WebClient } from "../http/web-client.js";
import { listHub } from "./hub-listing.js";
import { folderOfKind, type HubPath, parseHubPath } from "./hub-path.js";

/** Where the hub is, and who asks. */
export interface HubAccess {
  readonly client: WebClient;
  readonly endpoint: URL;
  readonly hasToken: boolean;
}

/** Files of repositories of the Hugging Face hub, to be read. */
export class HfRemote implements Remote {
  readonly name: string;
  readonly traits = { ranges: true, lanes: 8 };
  /** What stands before each path: the URL's host, which is an owner or a kind of repositories. */
  readonly #top: string;
  readonly #hub: HubAccess;
  readonly #secrets: Secrets;

  constructor(top: string, hub: HubAccess, secrets: Secrets) {
    this.name = `hf://${top}/`;
    this.#top = top;
    this.#hub = hub;
    this.#secrets = secrets;
  }

  async stat(path: string, { signal }: SignalOptions = {}): Promise<RemoteEntry | undefined> {
    const asking = this.#asking("look at", path, signal);
    asking.check();
    const place = this.#place(path, asking);
    if (place === undefined) return { kind: "folder", path, size: 0, version: undefined };
    return (place.path === "" ? undefined : await this.#statFile(path, place, asking)) ?? this.#statFolder(path, place, asking);
  }

  async *read(path: string, options: RemoteReadOptions = {}): AsyncGenerator<Uint8Array, void> {
    const asking = this.#asking("read", path, options.signal);
    const place = this.#place(path, asking);
    if (place === undefined || place.path === "") throw asking.failure({ code: "BENTO_NOT_FOUND", reason: "there is no such file" });
    const onAnswer = (answer: WebAnswer): void => {
      this.#check(answer, asking);
      const version = this.#isHub(answer) ? versionIn(answer) : undefined;
      // Where the content lies it has other names.
      if (version !== undefined && options.version !== undefined && version !== options.version) throw changed(asking);
    };
    yield* readFile({ client: this.#hub.client, url: this.#fileUrl(place), asking, traits: this.traits, onAnswer }, options);
  }

  // oxlint-disable-next-line require-await -- an interface of promises
  async write(path: string, _content: RemoteContent, { signal }: SignalOptions = {}): Promise<void> {
    throw readOnly(this.#asking("write", path, signal));
  }

  async *list(path: string, { signal }: SignalOptions = {}): AsyncGenerator<RemoteEntry, void> {
    const asking = this.#asking("list", path, signal);
    const place = this.#place(path, asking);
    if (place === undefined)
      throw asking.failure({ code: "BENTO_BAD_REQUEST", reason: "it names no repository", hint: "Write hf://owner/name." });
    const top = path.slice(0, path.length - place.path.length).replace(/\/$/, "");
    for await (const entry of this.#listed(place, true, asking)) {
      asking.check();
      yield { ...entry, path: `${top}/${entry.path}` };
    }
  }

  // oxlint-disable-next-line require-await -- an interface of promises
  async delete(path: string, { signal }: SignalOptions = {}): Promise<void> {
    throw readOnly(this.#asking("delete", path, signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#hub.client.close();
  }

  async #statFile(path: string, place: HubPath, asking: Asking): Promise<RemoteEntry | undefined> {
    const url = this.#fileUrl(place);
    // The host that large files are on may know nothing of HEAD, and the hub has said all by then.
    using answer = await this.#hub.client.ask({
      method: "HEAD",
      url,
      asking,
      onAnswer: (found) => this.#check(found, asking),
      staysHere: true,
    });
    await answer.skip();
    const { status, headers } = answer;
    if (status === 404) return undefined;
    if (status >= 400) throw await refused(answer, asking);
    return { kind: "file", path, size: sizeIn(String(headers["x-linked-size"] ?? headers["content-length"])), version: versionIn(answer) };
  }

  async #statFolder(path: string, place: HubPath, asking: Asking): Promise<RemoteEntry | undefined> {
    for await (const _ of this.#listed(place, false, asking)) return { kind: "folder", path, size: 0, version: undefined };
    return undefined;
  }

  #listed(place: HubPath, isRecursive: boolean, asking: Asking): AsyncGenerator<RemoteEntry, void> {
    const { client, endpoint } = this.#hub;
    return listHub(place, isRecursive, { client, endpoint, asking, onAnswer: (answer) => this.#check(answer, asking) });
  }

  #place(path: string, asking: Asking): HubPath | undefined {
    return parseHubPath(`${this.#top}/${path}`, asking);
  }

  #fileUrl({ kind, id, revision, path }: HubPath): URL {
    const parts = [...id.split("/"), "resolve", revision, ...path.split("/")].map(encodeURIComponent);
    const url = new URL(this.#hub.endpoint);
    url.pathname = `${url.pathname.replace(/\/+$/, "")}/${folderOfKind(kind)}${parts.join("/")}`;
    return url;
  }

  #isHub({ url }: WebAnswer): boolean {
    return url.origin === this.#hub.endpoint.origin;
  }

  /** What the hub refuses it says in headers. */
  #check(answer: WebAnswer, asking: Asking): void {
    const { status, headers } = answer;
    if (status < 400 || !this.#isHub(answer)) return;
    const reason = headers["x-error-code"];
    const login = "set HF_TOKEN, or log in with `hf auth login`";
    if (reason === "GatedRepo") {
      const hint = this.#hub.hasToken ? "Ask for access with the account of the token." : `Ask for access on its page, then ${login}.`;
      throw asking.failure({ code: "BENTO_FORBIDDEN", reason: "the repository is gated: its owner decides who may have it", hint });
    }
    if (reason === "RevisionNotFound")
      throw asking.failure({
        code: "BENTO_NOT_FOUND",
        reason: "the repository has no such revision",
        hint: "Name a branch, a tag or a commit.",
      });
    if (status === 401 && this.#hub.hasToken && reason !== "RepoNotFound")
      throw asking.failure({
        code: "BENTO_UNAUTHORIZED",
        reason: "the hub does not accept the token",
        hint: `Make a new one, then ${login}.`,
      });
    if (reason === "RepoNotFound" || status === 401)
      throw asking.failure({
        code: "BENTO_NOT_FOUND",
        reason: "there is no such repository, or it is private",
        hint: `If it is private, ${login}.`,
      });
  }

  #asking(doing: Doing, path: string, signal: AbortSignal | undefined): Asking {
    return new Asking(doing, this.name + path, this.#secrets, signal);
  }
}

/** The hash of the content, as the hub's lists have it too. */
function versionIn({ headers }: WebAnswer): string | undefined {
  const etag = String(headers["x-linked-etag"] ?? headers.etag ?? "");
  return etag.replace(/^W\//, "").replaceAll(/^"|"$/g, "") || undefined;
}

function readOnly(asking: Asking): BentoError {
  return asking.failure({
    code: "BENTO_BAD_REQUEST",
    reason: "the hub is only read here",
    hint: "Upload with `hf upload`, from a folder that was exported.",
  });
}

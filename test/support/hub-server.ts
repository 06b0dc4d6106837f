import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type HubCommit, hubCommit, type HubContent, type KnownFile } from "./hub-files.js";

/** A request that came, to the hub itself or to the host that its large files are on. */
export interface HubRequest {
  readonly host: "hub" | "cdn";
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
}

/** What goes wrong with an answer. */
export interface HubFault {
  /** Answers with this status instead. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Answers with this body instead. */
  readonly body?: string;
  /** Ends the connection after so many bytes of the body. */
  readonly cutAfter?: number;
  /** Changes a byte of the body. */
  readonly corrupt?: boolean;
  /** Sends the first half of the body and no more, until the hub is closed or `until` is over. Told when it got there. */
  readonly onStall?: () => void;
  readonly until?: Promise<void>;
}

/** A model that the hub has. */
export interface HubModel {
  readonly commits: HubCommit[];
  /** Branches and tags. */
  readonly refs: Map<string, string>;
  /** Tokens of those who may have a gated or private one. */
  readonly allowed: Set<string>;
  access: "open" | "gated" | "private";
}

/**
 * A server that speaks the API of the Hugging Face hub, as far as `huggingface_hub` and `@huggingface/hub` use it to
 * read models: model info, lists in pages, files with redirects to another host, ranges, errors with their headers.
 */
export class HubServer implements AsyncDisposable {
  readonly requests: HubRequest[] = [];
  /** Tokens that somebody has. */
  readonly tokens = new Set<string>();
  /** Files of a page of a list. */
  pageSize = 1000;
  /** Whether the host of large files knows ranges. */
  hasRanges = true;
  readonly #models = new Map<string, HubModel>();
  readonly #faults: { readonly path: RegExp; readonly fault: HubFault; left: number }[] = [];
  readonly #servers: readonly [hub: Server, cdn: Server];
  #waiting: (() => void)[] = [];

  private constructor() {
    const serve = (host: HubRequest["host"]) =>
      createServer((request, response) => {
        this.#note(host, request);
        if (host === "hub") this.#answer(request, response);
        else this.#answerLarge(request, response);
      });
    this.#servers = [serve("hub"), serve("cdn")];
  }

  static async start(): Promise<HubServer> {
    const hub = new HubServer();
    await Promise.all(hub.#servers.map((server) => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))));
    return hub;
  }

  /** What `HF_ENDPOINT` is to be. */
  get url(): string {
    return `http://127.0.0.1:${portOf(this.#servers[0])}`;
  }

  /** Another host by its name: whoever compares hosts without their ports sees it too. */
  get cdnUrl(): string {
    return `http://localhost:${portOf(this.#servers[1])}`;
  }

  /** Puts a commit on a branch of a model, which is made if need be. */
  commit(id: string, files: Readonly<Record<string, string | HubContent>>, branch = "main"): string {
    const model = this.model(id);
    const commit = hubCommit(files);
    model.commits.push(commit);
    model.refs.set(branch, commit.id);
    return commit.id;
  }

  model(id: string): HubModel {
    const known = this.#models.get(id);
    if (known !== undefined) return known;
    const model: HubModel = { commits: [], refs: new Map(), allowed: new Set(), access: "open" };
    this.#models.set(id, model);
    return model;
  }

  /** Has the next answers to requests whose path fits go wrong. */
  fail(path: RegExp, fault: HubFault, times = 1): void {
    this.#faults.push({ path, fault, left: times });
  }

  /** Resolves when so many requests have come, now or before. */
  async asked(method: string, path: RegExp, count = 1): Promise<void> {
    while (this.requests.filter((request) => request.method === method && path.test(request.path)).length < count) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#servers.map((server) => {
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        return closed;
      }),
    );
  }

  #note(host: HubRequest["host"], { method = "", url = "", headers }: IncomingMessage): void {
    const { authorization, range } = headers;
    this.requests.push({ host, method, path: url, authorization, range, ifRange: headers["if-range"]?.toString() });
    for (const tell of this.#waiting.splice(0)) tell();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? "/", this.url);
    const path = decodeURIComponent(pathname);
    const [, id = "", what = "", rest = ""] =
      /^\/api\/models\/(.+?)\/(revision|tree|paths-info)\/(.+)$/.exec(path) ??
      /^\/api\/(?:resolve-cache\/)?models\/([^/]+\/[^/]+)()(?:\/(.+))?$/.exec(path) ??
      /^\/(.+?)\/(resolve)\/(.+)$/.exec(path) ??
      [];
    const model = this.#models.get(id);
    const renamed = [...this.#models.keys()].find((other) => other !== id && other.toLowerCase() === id.toLowerCase());
    if (model === undefined && renamed !== undefined) {
      this.#send(request, response, 307, { location: `${pathname.replace(id, renamed)}${new URL(request.url ?? "/", this.url).search}` });
      return;
    }
    const refusal = this.#refusal(request, model, what === "resolve" || path.startsWith("/api/resolve-cache/"));
    if (model === undefined || refusal !== undefined)
      return this.#refuse(request, response, refusal ?? [404, "RepoNotFound", "Repository not found"]);
    const revision = [...model.refs.keys(), ...model.commits.map((commit) => commit.id)]
      .filter((name) => rest === name || rest.startsWith(`${name}/`))
      .toSorted((a, b) => b.length - a.length)[0];
    const commit = model.commits.findLast(
      ({ id: name }) => name === (model.refs.get(revision ?? "") ?? revision ?? model.refs.get("main")),
    );
    if (commit === undefined || (rest !== "" && revision === undefined))
      return this.#refuse(request, response, [404, "RevisionNotFound", "Invalid rev id"]);
    const below = rest.slice((revision ?? "").length + 1);
    if (path.startsWith("/api/resolve-cache/")) this.#sendFile(request, response, commit, below);
    else if (what === "resolve") this.#resolve(request, response, id, commit, below);
    else if (what === "tree") this.#sendTree(request, response, commit, below, searchParams);
    else this.#sendJson(request, response, infoOf(id, model, commit));
  }

  /** As the real one refuses: whoever has no token cannot tell a model that is private from none. */
  #refusal({ headers }: IncomingMessage, model: HubModel | undefined, isFile: boolean): [number, string, string] | undefined {
    const token = headers.authorization?.replace(/^Bearer /, "");
    if (token !== undefined && !this.tokens.has(token)) return [401, "", "Invalid credentials in Authorization header"];
    const isAllowed = token !== undefined && model?.allowed.has(token) === true;
    if (model === undefined || (model.access === "private" && !isAllowed)) {
      return token === undefined ? [401, "", "Invalid username or password."] : [404, "RepoNotFound", "Repository not found"];
    }
    if (model.access !== "gated" || isAllowed || !isFile) return undefined;
    return [token === undefined ? 401 : 403, "GatedRepo", "Access to model is restricted."];
  }

  #refuse(request: IncomingMessage, response: ServerResponse, [status, code, message]: readonly [number, string, string]): void {
    const headers = { "x-error-message": message, ...(code === "" ? {} : { "x-error-code": code }), "content-type": "application/json" };
    this.#send(request, response, status, headers, Buffer.from(JSON.stringify({ error: message })));
  }

  #resolve(request: IncomingMessage, response: ServerResponse, id: string, commit: HubCommit, path: string): void {
    const file = commit.files.get(path);
    if (file === undefined) return this.#refuse(request, response, [404, "EntryNotFound", "Entry not found"]);
    const linked = {
      "x-linked-etag": `"${file.sha256 ?? file.oid}"`,
      "x-linked-size": String(file.bytes.length),
      "x-repo-commit": commit.id,
    };
    const escaped = path.split("/").map(encodeURIComponent).join("/");
    const location =
      file.sha256 === undefined ? `/api/resolve-cache/models/${id}/${commit.id}/${escaped}` : `${this.cdnUrl}/${file.sha256}?signature=s`;
    this.#send(request, response, file.sha256 === undefined ? 307 : 302, { ...linked, location });
  }

  #sendFile(request: IncomingMessage, response: ServerResponse, commit: HubCommit, path: string): void {
    const file = commit.files.get(path);
    if (file === undefined) return this.#refuse(request, response, [404, "EntryNotFound", "Entry not found"]);
    this.#sendBytes(request, response, file, `"${file.oid}"`, { "x-repo-commit": commit.id });
  }

  #answerLarge(request: IncomingMessage, response: ServerResponse): void {
    const [, sha256] = /^\/([0-9a-f]{64})/.exec(request.url ?? "") ?? [];
    const files = [...this.#models.values()].flatMap(({ commits }) => commits.flatMap((commit) => [...commit.files.values()]));
    const file = files.find((known) => known.sha256 === sha256);
    if (file === undefined) return this.#send(request, response, 404, {});
    // Its own name of the content, which is not the hub's.
    this.#sendBytes(request, response, file, `"cdn-${file.oid}"`, {});
  }

  #sendBytes(request: IncomingMessage, response: ServerResponse, { bytes }: KnownFile, etag: string, more: Record<string, string>): void {
    const [, start, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
    const isSame = request.headers["if-range"] === undefined || request.headers["if-range"] === etag;
    const headers = { ...more, etag, "accept-ranges": "bytes", "content-type": "application/octet-stream" };
    if (start === undefined || !isSame || !this.hasRanges) return this.#send(request, response, 200, headers, bytes);
    if (Number(start) >= bytes.length) return this.#send(request, response, 416, { "content-range": `bytes */${bytes.length}` });
    const end = Math.min(Number(last || bytes.length - 1) + 1, bytes.length);
    const range = `bytes ${start}-${end - 1}/${bytes.length}`;
    this.#send(request, response, 206, { ...headers, "content-range": range }, bytes.subarray(Number(start), end));
  }

  #sendTree(request: IncomingMessage, response: ServerResponse, { files }: HubCommit, below: string, query: URLSearchParams): void {
    const start = Number(query.get("cursor") ?? "0");
    const end = start + this.pageSize;
    const folders = [...files.keys()].flatMap((path) =>
      path
        .split("/")
        .slice(0, -1)
        .map((_, index, parts) => parts.slice(0, index + 1).join("/")),
    );
    const all = [
      ...[...new Set(folders)].map((path) => ({ type: "directory", oid: "0".repeat(40), size: 0, path })),
      ...[...files].map(([path, { bytes, oid, sha256, pointerSize }]) => ({
        type: "file",
        oid,
        size: bytes.length,
        path,
        ...(sha256 === undefined ? {} : { lfs: { oid: sha256, size: bytes.length, pointerSize } }),
      })),
    ];
    const prefix = below === "" ? "" : `${below}/`;
    const isRecursive = query.get("recursive") === "true";
    const entries = all.filter(({ path }) => path.startsWith(prefix) && (isRecursive || !path.slice(prefix.length).includes("/")));
    if (below !== "" && entries.length === 0) return this.#refuse(request, response, [404, "EntryNotFound", "Entry not found"]);
    const next = new URL(request.url ?? "/", this.url);
    next.searchParams.set("cursor", String(end));
    this.#sendJson(request, response, entries.slice(start, end), end < entries.length ? { link: `<${next.href}>; rel="next"` } : {});
  }

  #sendJson(request: IncomingMessage, response: ServerResponse, value: unknown, headers: Record<string, string> = {}): void {
    this.#send(request, response, 200, { "content-type": "application/json", ...headers }, Buffer.from(JSON.stringify(value)));
  }

  #send(
    { method, url = "" }: IncomingMessage,
    response: ServerResponse,
    status: number,
    headers: Record<string, string>,
    body: Uint8Array = Buffer.alloc(0),
  ): void {
    const found = this.#faults.find(({ path, left }) => left > 0 && path.test(url));
    if (found !== undefined) found.left -= 1;
    const { fault } = found ?? {};
    const changed = fault?.body === undefined ? Buffer.from(body) : Buffer.from(fault.body);
    const middle = changed.length >> 1;
    if (fault?.corrupt === true) changed[middle] = (changed[middle] ?? 0) ^ 1;
    response.writeHead(fault?.status ?? status, { ...headers, "content-length": changed.length, ...fault?.headers });
    if (method === "HEAD") response.end();
    else if (fault?.cutAfter !== undefined) response.write(changed.subarray(0, fault.cutAfter), () => response.destroy());
    else if (fault?.onStall !== undefined) {
      response.write(changed.subarray(0, middle), fault.onStall);
      void fault.until?.then(() => response.end(changed.subarray(middle)));
    } else response.end(changed);
  }
}

function infoOf(id: string, { access }: HubModel, { id: sha, files }: HubCommit): object {
  const siblings = [...files].map(([rfilename, { bytes, oid }]) => ({ rfilename, size: bytes.length, blobId: oid }));
  const times = { lastModified: "2026-01-01T00:00:00.000Z", createdAt: "2026-01-01T00:00:00.000Z" };
  const counts = { downloads: 0, likes: 0, tags: [] };
  return {
    _id: sha.slice(0, 24),
    id,
    modelId: id,
    sha,
    private: access === "private",
    gated: access === "gated" ? "auto" : false,
    siblings,
    ...times,
    ...counts,
  };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

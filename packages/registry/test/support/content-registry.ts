import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  beginPush,
  contentDigestText,
  type ContentDocument,
  contentHeader,
  contentProtocol,
  type PushState,
  type VersionContent,
} from "../../src/wire/index.js";

/** Answers a request in the registry's place; `false` leaves it to the registry. */
export type Intercept = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;

interface Push {
  readonly id: string;
  readonly path: string;
  readonly content: ContentDocument;
}

/** The routes of content, and no others, over HTTP and in memory; what it is told to do wrong, it does. */
export class ContentRegistry implements AsyncDisposable {
  /** Parts by digest. */
  readonly parts = new Map<string, Buffer>();
  /** Published content by the path of the version. */
  readonly versions = new Map<string, ContentDocument>();
  readonly pushes = new Map<string, Push>();
  /** Digests of the parts that came, and of those that were asked for, in order. */
  readonly taken: string[] = [];
  readonly given: string[] = [];
  intercept: Intercept = () => false;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  static async start(): Promise<ContentRegistry> {
    const registry = new ContentRegistry();
    await new Promise<void>((resolve) => registry.#server.listen(0, "127.0.0.1", resolve));
    return registry;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Publishes content as if it had been pushed. */
  publish(path: string, content: ContentDocument): void {
    this.versions.set(path, content);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader(contentHeader, contentProtocol);
    if (await this.intercept(request, response)) return;
    const { pathname, searchParams } = new URL(request.url ?? "/", this.url);
    const route = `${request.method} ${pathname.replace(/[0-9a-f]{64}$/, ":sha256")}`;
    const push = this.pushes.get(searchParams.get("push") ?? "");
    if (pathname.endsWith("/content/begin")) return json(response, 200, this.#begin(pathname, await bodyOf(request)));
    if (pathname.endsWith("/content/commit")) return this.#commit(response, await bodyOf(request));
    if (route === "GET /api/v1/content") return push === undefined ? absent(response) : json(response, 200, this.#stateOf(push));
    if (route === "DELETE /api/v1/content") return this.pushes.delete(push?.id ?? "") ? json(response, 200, {}) : absent(response);
    if (route === "PUT /api/v1/content/:sha256")
      return this.#take(response, { push, sha256: pathname.slice(-64), bytes: await bodyOf(request) });
    if (route === "GET /api/v1/content/:sha256") return this.#give(response, pathname.slice(-64), request.headers.range);
    const content = this.versions.get(pathname.replace(/\/content$/, ""));
    if (content === undefined) return absent(response);
    json(response, 200, pathname.endsWith("/content") ? this.#versionOf(pathname, content) : { version: "v1", upload_status: "success" });
  }

  #begin(pathname: string, body: Buffer): PushState {
    const { content } = beginPush.parse(JSON.parse(body.toString()));
    const push = { id: `p${this.pushes.size + 1}`, path: pathname.replace("/content/begin", ""), content };
    this.pushes.set(push.id, push);
    return this.#stateOf(push);
  }

  #stateOf({ id, content }: Push): PushState {
    const missing = [...new Set(content.files.flatMap(({ parts }) => parts))].filter((part) => !this.parts.has(part));
    return { push: id, missing, expires_at: new Date(Date.now() + 3_600_000).toISOString() };
  }

  #commit(response: ServerResponse, body: Buffer): void {
    const push = this.pushes.get((JSON.parse(body.toString()) as { push: string }).push);
    if (push === undefined) return absent(response);
    if (this.#stateOf(push).missing.length > 0) return json(response, 409, { error: "Parts are missing.", code: "BENTO_CONFLICT" });
    this.versions.set(push.path, push.content);
    this.pushes.delete(push.id);
    json(response, 200, { version: "v1", upload_status: "success" });
  }

  #take(
    response: ServerResponse,
    { push, sha256, bytes }: { readonly push: Push | undefined; readonly sha256: string; readonly bytes: Buffer },
  ): void {
    if (push === undefined) return json(response, 409, { error: "No such push.", code: "BENTO_CONFLICT" });
    if (createHash("sha256").update(bytes).digest("hex") !== sha256) {
      return json(response, 400, { error: "Another digest.", code: "BENTO_INTEGRITY_FAILED" });
    }
    this.taken.push(sha256);
    this.parts.set(sha256, bytes);
    json(response, 200, {});
  }

  #give(response: ServerResponse, sha256: string, range: string | undefined): void {
    this.given.push(sha256);
    const part = this.parts.get(sha256);
    if (part === undefined) return absent(response);
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    const ranged = start === 0 ? {} : { "content-range": `bytes ${start}-${part.length - 1}/${part.length}` };
    response.writeHead(start === 0 ? 200 : 206, { "content-length": part.length - start, ...ranged });
    response.end(part.subarray(start));
  }

  #versionOf(pathname: string, content: ContentDocument): VersionContent {
    const [, , , , name = "", , version = ""] = pathname.split("/");
    return { name, version, content, digest: digestOf(content) };
  }
}

/** The digest of a content. */
export function digestOf(content: ContentDocument): string {
  return createHash("sha256").update(contentDigestText(content)).digest("hex");
}

export function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function absent(response: ServerResponse): void {
  json(response, 404, { error: "There is no such thing.", code: "BENTO_NOT_FOUND" });
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

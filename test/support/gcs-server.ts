import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, GcsBucket, type GcsObject, GcsRefusal, GcsSession } from "./gcs-objects.js";

/**
 * A stand-in for Google Cloud Storage, as no real server of it can be had outside Google: its JSON API as far as it is
 * documented and files need it. Objects with generations and MD5; media in one request, with metadata beside it, or in a
 * session (308 with what has arrived, questions, 499 for one that is given up); ranges, conditions, lists in pages, errors
 * in Google's JSON. Bearer tokens are asked for where some are known, and given out at `/token` for a subject that is known
 * (RFC 8693). What it does not know of Google: rights, quotas, how long a session lives, CRC32C, folders that are real.
 */
export class GcsServer implements AsyncDisposable {
  /** Tokens that may do everything. Where there are none, everybody may. */
  readonly tokens = new Set<string>();
  /** Who is given a token at `/token`. */
  readonly subjects = new Set<string>();
  /** Uploads that are neither over nor given up. */
  readonly sessions = new Map<string, GcsSession>();
  /** Objects of a page of a list at most. */
  pageSize = 1000;
  readonly #buckets = new Map<string, GcsBucket>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<GcsServer> {
    const server = new GcsServer();
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  makeBucket(name: string): GcsBucket {
    const bucket = new GcsBucket(name);
    this.#buckets.set(name, bucket);
    return bucket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    try {
      const body = await bodyOf(request, (part) => this.#session(url).takeBroken(request.headers["content-range"] ?? "", part));
      if (body === undefined) return;
      if (url.pathname === "/token") return this.#giveToken(body, response);
      const upload = url.searchParams.get("upload_id");
      if (upload !== null) return this.#continueUpload(this.#session(url), { request, url, body, response });
      this.#checkToken(request);
      const [, isUpload, bucket = "", key] = /^(\/upload)?\/storage\/v1\/b\/([^/]+)\/o(?:\/([^/]+))?$/.exec(url.pathname) ?? [];
      const place = this.#buckets.get(decodeURIComponent(bucket));
      if (place === undefined) throw new GcsRefusal(404, "notFound", "The specified bucket does not exist.");
      const asked = { request, url, body, response };
      if (isUpload !== undefined && request.method === "POST") this.#upload(place, asked);
      else if (key === undefined && request.method === "GET") this.#list(place, asked);
      else if (key !== undefined) serveObject(place, decodeURIComponent(key), asked);
      else throw new GcsRefusal(404, "notFound", "Not Found");
    } catch (error) {
      const refusal = error instanceof GcsRefusal ? error : new GcsRefusal(500, "backendError", String(error));
      // What is asked for as a file is refused in plain words.
      const [type, text] =
        url.searchParams.get("alt") === "media" ? ["text/html; charset=UTF-8", refusal.message] : ["application/json", refusal.json];
      response.writeHead(refusal.status, { "content-type": type }).end(text);
    }
  }

  #checkToken({ headers: { authorization } }: IncomingMessage): void {
    if (this.tokens.size === 0 || this.tokens.has(authorization?.replace(/^Bearer /, "") ?? "")) return;
    if (authorization !== undefined) throw new GcsRefusal(401, "authError", "Invalid Credentials");
    throw new GcsRefusal(401, "required", "Anonymous caller does not have storage.objects.get access to the Google Cloud Storage object.");
  }

  #giveToken(body: Buffer, response: ServerResponse): void {
    const subject = new URLSearchParams(String(body)).get("subject_token") ?? "";
    if (!this.subjects.has(subject)) {
      const refusal = { error: "invalid_grant", error_description: `The given subject token ${subject} is not known.` };
      response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify(refusal));
      return;
    }
    const token = randomUUID();
    this.tokens.add(token);
    const given = {
      access_token: token,
      token_type: "Bearer",
      expires_in: 3600,
      issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
    };
    answerJson(response, given);
  }

  #list(bucket: GcsBucket, { url: { searchParams }, response }: Asked): void {
    const most = Math.min(Number(searchParams.get("maxResults") ?? 1000), this.pageSize);
    answerJson(response, bucket.list(searchParams.get("prefix") ?? "", most, searchParams.get("pageToken")));
  }

  #upload(bucket: GcsBucket, { request, url, body, response }: Asked): void {
    const name = url.searchParams.get("name");
    switch (url.searchParams.get("uploadType") ?? "none") {
      case "media":
        return answerJson(response, describe(bucket.put(name ?? "", body, undefined), bucket.name));
      case "multipart": {
        const { json, bytes } = twoParts(body, request.headers["content-type"] ?? "");
        return answerJson(response, describe(bucket.put(json.name ?? name ?? "", bytes, json.md5Hash), bucket.name));
      }
      case "resumable": {
        const id = randomUUID();
        this.sessions.set(id, new GcsSession(bucket, name ?? ""));
        const location = `http://${request.headers.host}${url.pathname}?uploadType=resumable&upload_id=${id}`;
        response.writeHead(200, { location, "x-guploader-uploadid": id }).end();
        return;
      }
      default:
        throw new GcsRefusal(400, "invalid", "Invalid upload type.");
    }
  }

  #session(url: URL): GcsSession {
    const session = this.sessions.get(url.searchParams.get("upload_id") ?? "");
    if (session === undefined) throw new GcsRefusal(404, "notFound", "No such upload.");
    return session;
  }

  #continueUpload(session: GcsSession, { request, url, body, response }: Asked): void {
    const id = url.searchParams.get("upload_id") ?? "";
    if (request.method === "DELETE") {
      this.sessions.delete(id);
      response.writeHead(499).end();
      return;
    }
    const md5 = /md5=([^,]*)/.exec(String(request.headers["x-goog-hash"]))?.[1];
    const object = session.take(request.headers["content-range"] ?? "", body, md5);
    if (object !== undefined) {
      // Whoever did not hear of it may still ask.
      setTimeout(() => this.sessions.delete(id), 0);
      return answerJson(response, describe(object, session.bucket.name));
    }
    response.writeHead(308, session.range === undefined ? {} : { range: session.range }).end();
  }
}

interface Asked {
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly body: Buffer;
  readonly response: ServerResponse;
}

function serveObject(bucket: GcsBucket, name: string, { request, url, response }: Asked): void {
  const object = bucket.get(name, url.searchParams.get("ifGenerationMatch"));
  if (request.method === "DELETE") {
    bucket.objects.delete(name);
    response.writeHead(204).end();
  } else if (url.searchParams.get("alt") === "media") {
    serveMedia(object, request, response);
  } else {
    answerJson(response, describe(object, bucket.name));
  }
}

function serveMedia({ bytes, generation, md5Hash }: GcsObject, request: IncomingMessage, response: ServerResponse): void {
  const [, from, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  const headers = { "content-type": "application/octet-stream", "x-goog-generation": generation, "x-goog-hash": `md5=${md5Hash}` };
  if (from === undefined) {
    response.writeHead(200, { ...headers, "content-length": bytes.length }).end(bytes);
    return;
  }
  const part = bytes.subarray(Number(from), last === "" ? bytes.length : Number(last) + 1);
  if (part.length === 0) throw new GcsRefusal(416, "requestedRangeNotSatisfiable", "The requested range cannot be satisfied.");
  const range = `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`;
  response.writeHead(206, { ...headers, "content-range": range, "content-length": part.length }).end(part);
}

/** The two parts of a body of the kind `multipart/related`: metadata and media. */
function twoParts(body: Buffer, contentType: string): { json: { name?: string; md5Hash?: string }; bytes: Buffer } {
  const boundary = `--${/boundary="?([^";]*)/.exec(contentType)?.[1]}`;
  const headEnd = body.indexOf("\r\n\r\n") + 4;
  const second = body.indexOf(boundary, headEnd);
  const mediaStart = body.indexOf("\r\n\r\n", second) + 4;
  const end = body.lastIndexOf(`\r\n${boundary}--`);
  return {
    json: JSON.parse(String(body.subarray(headEnd, second))) as { name?: string },
    bytes: Buffer.from(body.subarray(mediaStart, end)),
  };
}

function answerJson(response: ServerResponse, value: object): void {
  response.writeHead(200, { "content-type": "application/json; charset=UTF-8" }).end(JSON.stringify(value));
}

/** A request's body; `undefined`, after `broken` was told what came, where the connection broke. */
async function bodyOf(request: IncomingMessage, broken: (part: Buffer) => void): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch {
    broken(Buffer.concat(chunks));
    return undefined;
  }
}

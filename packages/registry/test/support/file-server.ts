import { createReadStream, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";

/** What answers instead of the folder; nothing for what the folder answers. */
export type Override = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A web server that knows of nothing but files. */
export interface FileServer extends AsyncDisposable {
  readonly url: string;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  /** Headers of each request. */
  readonly headers: IncomingMessage["headers"][];
  override: Override | undefined;
}

/** Serves a folder as nginx or a bucket does, with ranges. */
export async function serveFiles(folder: string): Promise<FileServer> {
  const asked: string[] = [];
  const headers: IncomingMessage["headers"][] = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://x").pathname;
    asked.push(`${request.method} ${path}`);
    headers.push(request.headers);
    if (files.override?.(request, response) === true) return;
    const place = join(folder, normalize(path));
    const size = statSync(place, { throwIfNoEntry: false })?.size;
    if (request.method !== "GET" || size === undefined) {
      response.writeHead(request.method === "GET" ? 404 : 405, { "content-type": "text/html" }).end("<h1>no</h1>");
      return;
    }
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const range = { "content-length": size - start, ...(start > 0 && { "content-range": `bytes ${start}-${size - 1}/${size}` }) };
    response.writeHead(start > 0 ? 206 : 200, range);
    createReadStream(place, { start }).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const files: FileServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    headers,
    override: undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return files;
}

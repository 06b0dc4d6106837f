import { createServer, type IncomingMessage, request as openRequest, type RequestListener, type ServerResponse } from "node:http";
import { type Duplex, duplexPair, Readable } from "node:stream";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";

import { isBodiless } from "../http/reply.js";

/** Where a mounted app lies, as Express and what it is made of tell it. */
export interface MountPlace {
  /** Path and query as the caller wrote them. */
  readonly originalUrl: string;
  /** The path that the app does not see. */
  readonly baseUrl: string;
}

interface Pending {
  readonly place: MountPlace;
  readonly fail: (thrown: unknown) => void;
}

/** Headers of a connection that has ended: between server and app there is another one. */
const hopHeaders = new Set(["connection", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"]);

/**
 * Asks a handler of `node:http` by a web-standard request. It gets a real request and response of Node's own HTTP server,
 * on a connection that lies in memory: whatever works with a port works with this, streams as well.
 */
export function nodeFetcher(
  handle: (request: IncomingMessage, response: ServerResponse) => unknown,
): (request: Request, place: MountPlace) => Promise<Response> {
  const pending = new WeakMap<object, Pending>();
  const listener: RequestListener = (request, response) => {
    const { place, fail } = pending.get(request.socket) as Pending;
    Object.assign(request, place);
    // Thrown beyond this, it would end the process.
    const answer = async (): Promise<void> => void (await handle(request, response));
    answer().catch((thrown: unknown) => {
      fail(thrown);
      request.socket.destroy();
    });
  };
  const server = createServer(listener);
  return async (request, place) => {
    const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
    const [near, far] = duplexPair();
    tellEnd(near, far);
    tellEnd(far, near);
    return new Promise((resolve, reject) => {
      pending.set(far, { place, fail: reject });
      server.emit("connection", far);
      const { pathname, search } = new URL(request.url);
      const outgoing = openRequest({
        createConnection: () => near,
        method: request.method,
        path: pathname + search,
        headers: headersOf(request, body),
        setHost: false,
        signal: request.signal,
      });
      outgoing.on("error", reject).on("response", (incoming) => resolve(toResponse(incoming, request.method)));
      outgoing.end(body);
    });
  };
}

/** One side of a pair does not hear that the other was torn off; what has ended well it may still have to read. */
function tellEnd(one: Duplex, other: Duplex): void {
  one.once("close", () => {
    if (!one.writableFinished) other.destroy();
  });
}

function headersOf({ headers, url }: Request, body: Uint8Array | undefined): Record<string, string> {
  const sent = [...headers].filter(([name]) => !hopHeaders.has(name) && name !== "content-length");
  return {
    host: new URL(url).host,
    ...Object.fromEntries(sent),
    connection: "close",
    ...(body && { "content-length": String(body.byteLength) }),
  };
}

function toResponse(incoming: IncomingMessage, method: string): Response {
  const headers = new Headers();
  const raw = incoming.rawHeaders;
  for (let at = 0; at < raw.length; at += 2) headers.append(raw[at] as string, raw[at + 1] as string);
  const status = incoming.statusCode ?? 502;
  const isEmpty = method === "HEAD" || isBodiless(status);
  if (isEmpty) incoming.resume();
  const body = isEmpty ? null : (Readable.toWeb(incoming) as NodeReadableStream<Uint8Array> as ReadableStream<Uint8Array>);
  return new Response(body, { status, headers });
}

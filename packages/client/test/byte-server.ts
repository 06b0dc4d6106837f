import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** A request with its body as it came. */
export interface SeenBytes {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer<ArrayBuffer>;
  /** The same body, read as a form by Node itself. */
  readonly form: () => Promise<FormData>;
}

/** A real HTTP server on a free port, for bodies that are no text. */
export async function listenBytes(
  answer: (seen: SeenBytes, response: ServerResponse) => unknown,
): Promise<AsyncDisposable & { readonly url: string; readonly seen: SeenBytes[] }> {
  const seen: SeenBytes[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = await buffer(request);
      const type = request.headers["content-type"] ?? "";
      const form = () => new Response(body, { headers: { "content-type": type } }).formData();
      const one = { path: request.url ?? "", headers: request.headers, body, form };
      seen.push(one);
      await answer(one, response);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** An OCI registry in memory, which asks nobody who they are. */
export interface OciRegistry extends AsyncDisposable {
  readonly host: string;
}

/** Takes and gives blobs and manifests, as far as a push and a pull of ours ask for them. */
export async function ociRegistry(): Promise<OciRegistry> {
  /** By repository and tag or digest. */
  const kept = new Map<string, Buffer>();
  const answer = async (request: IncomingMessage): Promise<{ status: number; location?: string; body?: Buffer | undefined }> => {
    const url = new URL(request.url ?? "", "http://registry");
    if (request.method === "POST") return { status: 202, location: url.pathname };
    if (request.method !== "PUT") return kept.has(url.pathname) ? { status: 200, body: kept.get(url.pathname) } : { status: 404 };
    const body = Buffer.concat((await request.toArray()) as Buffer[]);
    const digest = url.searchParams.get("digest");
    if (digest !== null && digest !== `sha256:${createHash("sha256").update(body).digest("hex")}`) return { status: 400 };
    kept.set(digest === null ? url.pathname : url.pathname.replace("uploads/", digest), body);
    return { status: 201 };
  };
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status, location, body } = await answer(request);
    if (location !== undefined) response.setHeader("location", location);
    response.writeHead(status).end(request.method === "HEAD" ? undefined : body);
  };
  const server = createServer((request, response) => void reply(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

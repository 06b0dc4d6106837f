import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { type AuditLog, createAuditLog } from "../../src/audit/audit-log.js";
import type { BlobStore } from "../../src/blobs/blob-store.js";
import { FolderBlobStore } from "../../src/blobs/folder.js";
import type { Catalog } from "../../src/catalog/catalog.js";
import { type CatalogOptions, createCatalog } from "../../src/catalog/create-catalog.js";
import { openSqlite } from "../../src/database/sqlite.js";
import { createRegistryApp } from "../../src/http/app.js";
import { transferRoutes } from "../../src/http/transfer-routes.js";
import { repositoryRoutes } from "../../src/http/repositories.js";
import { Tickets } from "../../src/http/tickets.js";
import { versionRoutes } from "../../src/http/versions.js";
import { Listener } from "../../src/listen/listener.js";
import { FolderUploads } from "../../src/uploads/folder.js";
import { createTokens } from "../../src/tokens/create-tokens.js";
import type { Tokens } from "../../src/tokens/tokens.js";

/** A registry as far as content is concerned: the real app, over HTTP. */
export interface ContentServer extends AsyncDisposable {
  readonly url: string;
  readonly root: string;
  readonly catalog: Catalog;
  readonly blobs: BlobStore;
  readonly uploads: FolderUploads;
  readonly audit: AuditLog;
  /** Errors that went to the log. */
  readonly logged: readonly string[];
  readonly tokens: Tokens;
  /** One that may write. */
  readonly token: string;
  /** Asks it something with that token. */
  readonly ask: (method: string, path: string, body?: BodyInit | object) => Promise<Response>;
}

export interface ContentServerOptions extends CatalogOptions {
  readonly strategy?: string | undefined;
  /** In place of the folder's. */
  readonly blobs?: ((folder: FolderBlobStore) => BlobStore) | undefined;
}

/** Starts one on a free port, over a folder that goes with it. */
export async function startContentServer(options: ContentServerOptions = {}): Promise<ContentServer> {
  const { strategy = "proxy" } = options;
  const root = await mkdtemp(join(tmpdir(), "bento-registry-"));
  const database = await openSqlite(join(root, "registry.db"));
  const catalog = createCatalog(database, options);
  const folder = new FolderBlobStore(join(root, "blobs"));
  const blobs = options.blobs?.(folder) ?? folder;
  const uploads = new FolderUploads(join(root, "uploads"));
  const tokens = createTokens(database);
  const { token } = await tokens.create({ name: "ann", scope: "write" });
  const logged: string[] = [];
  const quiet = (): void => {};
  const parts = { catalog, blobs, uploads, strategy, tickets: new Tickets() };
  const app = createRegistryApp({
    routes: [
      ...(["model", "bento"] as const).flatMap((kind) => [...repositoryRoutes(kind, parts), ...versionRoutes(kind, parts)]),
      ...transferRoutes(parts),
    ],
    tokens,
    failures: { waitMs: () => 0, failed: quiet },
    insecure: false,
    audit: { record: async () => {} },
    logger: { info: quiet, warn: quiet, error: (_, message) => void logged.push(message) },
    checkHost: quiet,
    scheme: "http",
    publicUrl: undefined,
    trustProxy: false,
    enterPage: async () => undefined,
    pageError: (context, error) => context.text(error.message, 500),
  });
  const handler = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const listener = await Listener.open((request, response) => void handler(request, response), { host: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${listener.port}`;
  return {
    url,
    root,
    catalog,
    blobs,
    uploads,
    audit: createAuditLog(database),
    logged,
    tokens,
    token,
    ask: (method, path, body) => ask(url + path, { method, token, body }),
    [Symbol.asyncDispose]: async () => {
      listener.force();
      await listener.drain(0);
      await blobs.close();
      await database.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

interface Question {
  readonly method: string;
  readonly token: string;
  readonly body: BodyInit | object | undefined;
}

async function ask(url: string, { method, token, body }: Question): Promise<Response> {
  const isJson = body !== undefined && Object.getPrototypeOf(body) === Object.prototype;
  const sent = isJson ? JSON.stringify(body) : (body as BodyInit | undefined);
  const headers = { "x-yatai-api-token": token, ...(isJson ? { "content-type": "application/json" } : {}) };
  return fetch(url, { method, headers, redirect: "manual", ...(sent === undefined ? {} : { body: sent }) });
}

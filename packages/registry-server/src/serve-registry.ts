import { BentoError } from "@bento/core";
import { roomForChunks } from "@bento/store/archives";
import { getRequestListener } from "@hono/node-server";

import { createAuditLog } from "./audit/audit-log.js";
import { createCatalog } from "./catalog/create-catalog.js";
import { Closers } from "./closers.js";
import { Collector } from "./collect/collector.js";
import { createRegistryApp } from "./http/app.js";
import { isLoopback, makeHostGuard } from "./http/host-guard.js";
import { LoginCodes } from "./http/login-codes.js";
import { registryRoutes } from "./http/routes.js";
import { Tickets } from "./http/tickets.js";
import { createFailureLimit } from "./limits/failure-limit.js";
import type { Quotas } from "./limits/quotas.js";
import { Listener, type TlsFiles } from "./listen/listener.js";
import { defaultLogger, type RegistryLogger, thrownFields } from "./logger.js";
import { openStores } from "./open-stores.js";
import { PageGuard } from "./page/page-guard.js";
import { errorPage } from "./page/page-routes.js";
import { Sessions } from "./page/sessions.js";
import { openDatabaseOf, openDataFolder, type RegistryData, secretOf } from "./registry-data.js";
import { createTokens } from "./tokens/create-tokens.js";

/** Options of {@link serveRegistry}. */
export interface ServeRegistryOptions extends RegistryData {
  /** Address to listen on. @default "127.0.0.1" */
  readonly host?: string | undefined;
  /** Port to listen on; 0 takes any free one. @default 3700 */
  readonly port?: number | undefined;
  /** `s3://bucket/prefix` keeps the files there. @default the registry's folder */
  readonly bucket?: string | undefined;
  /** The server of the bucket, where it is not AWS. */
  readonly s3Endpoint?: string | undefined;
  /** Certificate and key in PEM: serves https. */
  readonly tls?: TlsFiles | undefined;
  /** What callers know it as, where something stands between: `https://registry.example.com`. */
  readonly publicUrl?: string | undefined;
  /** Whether a proxy before it says in X-Forwarded-For who calls. @default false */
  readonly trustProxy?: boolean | undefined;
  readonly quotas?: Quotas | undefined;
  /** For so many days the audit log keeps what was done. @default 365 */
  readonly auditDays?: number | undefined;
  /**
   * How Python's client sends and fetches: through the registry, or by URLs that carry their own permission, large files in
   * parts. @default "proxy"; with a bucket "presigned_url"
   */
  readonly transmission?: "proxy" | "presigned_url" | undefined;
  /** Lets everybody do everything; on this machine only. @default false */
  readonly insecure?: boolean | undefined;
  /** @default lines of JSON on standard error */
  readonly logger?: RegistryLogger | undefined;
}

/** A registry that is being served. */
export interface RegistryServer extends AsyncDisposable {
  /** `http://127.0.0.1:3700` */
  readonly url: string;
  readonly port: number;
  /** Whether nobody has a token that may do everything, so that the first one has to be made. */
  readonly wantsFirstToken: boolean;
  /** Accepts nothing new, lets what is in flight finish, and ends; what takes longer than `timeoutMs` is broken off. */
  close(timeoutMs?: number): Promise<void>;
}

const defaultPort = 3700;
/** Large files take long, and whoever is cut off goes on where they were. Milliseconds. */
const drainMs = 30_000;
/** A hundred years. */
const mostAuditDays = 36_500;

/**
 * Serves a registry of models and bentos, to our own client and to Python's.
 *
 * ```ts
 * await using registry = await serveRegistry({ data: "./registry" });
 * console.log(registry.url); // http://127.0.0.1:3700
 * ```
 * @throws BENTO_LISTEN_FAILED, BENTO_CONFIG_INVALID, BENTO_UNAVAILABLE
 */
export async function serveRegistry(options: ServeRegistryOptions = {}): Promise<RegistryServer> {
  const {
    host = "127.0.0.1",
    port = defaultPort,
    insecure = false,
    trustProxy = false,
    publicUrl,
    auditDays,
    tls,
    logger = defaultLogger,
  } = options;
  if (insecure && !isLoopback(host)) throw notInsecureThere(host);
  if (publicUrl !== undefined) checkUrl(publicUrl);
  if (auditDays !== undefined) checkAuditDays(auditDays);
  const folder = await openDataFolder(options);
  await using opened = new Closers();
  const room = roomForChunks();
  opened.add(async () => room[Symbol.dispose]());
  const database = await openDatabaseOf(folder, options);
  opened.add(() => database.close());
  const { blobs, uploads, usualTransmission } = await openStores(folder, options);
  opened.add(() => blobs.close());
  const catalog = createCatalog(database, { quotas: options.quotas });
  const audit = createAuditLog(database);
  const collector = new Collector(
    { catalog, blobs, uploads, audit },
    {
      auditDays,
      onCollected: (collected) => logger.info(collected, "What nobody needs was collected."),
      onError: (error) => logger.error(thrownFields(error), "What nobody needs could not be collected."),
    },
  );
  opened.add(() => collector[Symbol.asyncDispose]());
  const tokens = createTokens(database);
  const access = { tokens, failures: createFailureLimit(), insecure };
  const isSecure = tls !== undefined || publicUrl?.startsWith("https:") === true;
  const guard = new PageGuard({ ...access, sessions: new Sessions(), isSecure });
  const app = createRegistryApp({
    ...access,
    routes: registryRoutes({
      catalog,
      blobs,
      uploads,
      tokens,
      guard,
      tickets: new Tickets(await secretOf(folder)),
      strategy: options.transmission ?? usualTransmission,
      codes: new LoginCodes(),
    }),
    audit,
    logger,
    checkHost: makeHostGuard({ boundHost: host, publicUrl }),
    scheme: tls === undefined ? "http" : "https",
    publicUrl,
    trustProxy,
    enterPage: (context) => guard.enter(context),
    pageError: errorPage,
  });
  const wantsFirstToken = !insecure && (await tokens.list()).items.every(({ scope }) => scope !== "admin");
  const handler = getRequestListener((request, env) => app.fetch(request, env), { overrideGlobalObjects: false });
  const listener = await Listener.open((request, response) => void handler(request, response), { host, port, tls });
  const owned = opened.move();
  let closing: Promise<void> | undefined;
  const close = (timeoutMs = drainMs): Promise<void> => {
    closing ??= listener.drain(timeoutMs).then(() => owned[Symbol.asyncDispose]());
    return closing;
  };
  const url = `${tls === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${listener.port}`;
  logger.info({ url, folder }, `The registry listens on ${url}`);
  return { url, port: listener.port, wantsFirstToken, close, [Symbol.asyncDispose]: () => close() };
}

function notInsecureThere(host: string): BentoError {
  return new BentoError(
    "BENTO_CONFIG_INVALID",
    `insecure lets everybody do everything, which ${JSON.stringify(host)} would offer to other machines.`,
    {
      hint: "Listen on 127.0.0.1, or make tokens: `bento registry token create NAME`.",
    },
  );
}

function checkAuditDays(days: number): void {
  if (Number.isInteger(days) && days >= 1 && days <= mostAuditDays) return;
  throw new BentoError("BENTO_CONFIG_INVALID", `auditDays is ${JSON.stringify(days)}.`, {
    hint: `Give whole days, from 1 to ${mostAuditDays}.`,
  });
}

function checkUrl(publicUrl: string): void {
  const url = URL.canParse(publicUrl) ? new URL(publicUrl) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.pathname === "/" && url.search === "" && url.hash === "") return;
  throw new BentoError("BENTO_CONFIG_INVALID", `The public URL is ${JSON.stringify(publicUrl)}.`, {
    hint: "Write it like https://registry.example.com, without a path.",
  });
}

import { randomUUID } from "node:crypto";

import { BentoError } from "@bento/core";
import { contentHeader, contentProtocol } from "@bento/registry/wire";
import { Hono } from "hono";

import type { AuditEntry, AuditLog } from "../audit/audit-log.js";
import { type RegistryLogger, thrownFields } from "../logger.js";
import { type AccessParts, callerOf, needsToken, refuseForeignPages, tokenOf } from "./access.js";
import { clientSignal, unlessClientLeft } from "./client-signal.js";
import { errorReply } from "./error-reply.js";
import type { RegistryEnv, Route, RouteContext } from "./route.js";

/** What a registry's app stands on. */
export interface RegistryAppParts extends AccessParts {
  /** All that is answered. */
  readonly routes: readonly Route[];
  readonly audit: Pick<AuditLog, "record">;
  readonly logger: RegistryLogger;
  /** Throws for a Host header that is refused. */
  readonly checkHost: (host: string | undefined) => void;
  /** `http` or `https`, as long as nobody says another way. */
  readonly scheme: "http" | "https";
  /** What callers know the registry as, where something stands between. */
  readonly publicUrl: string | undefined;
  /** Whether a proxy stands before it that says in X-Forwarded-For who calls. */
  readonly trustProxy: boolean;
  /** Leads whoever is not logged in to the page, or lets them in: sets `caller` and `session`. Answers where it leads elsewhere. */
  readonly enterPage: (context: RouteContext) => Promise<Response | undefined>;
  /** Shows on the page what went wrong. */
  readonly pageError: (context: RouteContext, error: BentoError) => Response | Promise<Response>;
}

/** The registry as a Hono app: each route behind the check of who may ask for it. */
export function createRegistryApp(parts: RegistryAppParts): Hono<RegistryEnv> {
  const app = new Hono<RegistryEnv>();
  app.use("*", async (context, next) => {
    context.set("requestId", randomUUID());
    context.set("address", addressOf(context, parts.trustProxy));
    context.set("origin", parts.publicUrl?.replace(/\/+$/, "") ?? `${parts.scheme}://${context.req.header("host") ?? ""}`);
    context.set("signal", clientSignal(context));
    parts.checkHost(context.req.header("host"));
    refuseForeignPages(context);
    await next();
  });
  for (const route of parts.routes) app.on(route.method, route.path, (context) => answer(route, context, parts));
  app.notFound((context) => fail(context, routeNotFound(context), parts));
  app.onError((error, context) => fail(context, error, parts));
  return app;
}

async function answer(route: Route, context: RouteContext, parts: RegistryAppParts): Promise<Response> {
  try {
    const elsewhere = await admit(route, context, parts);
    const response = elsewhere ?? (await route.handle(context));
    await note(route, context, response.status, parts);
    return protect(context, response);
  } catch (thrown) {
    const error = BentoError.from(unlessClientLeft(thrown, context.get("signal")));
    await note(route, context, error.status, parts);
    throw error;
  }
}

async function admit(route: Route, context: RouteContext, parts: RegistryAppParts): Promise<Response | undefined> {
  const { access } = route;
  if (access === "session") return parts.enterPage(context);
  if (!needsToken(access)) {
    context.set("recheck", async () => {});
    return undefined;
  }
  context.set("recheck", async () => void (await callerOf(context, access, parts)));
  context.set("caller", await callerOf(context, access, parts));
  return undefined;
}

/**
 * What changes something is written down, whether it went well or not; of the rest only who was refused. Who comes without a
 * token, or too often, is nobody to write about: they could fill the disk.
 */
async function note(route: Route, context: RouteContext, status: number, { audit, logger }: RegistryAppParts): Promise<void> {
  if (status === 429 || (status === 401 && tokenOf(context) === undefined)) return;
  if (route.audit === undefined && status !== 401 && status !== 403) return;
  const caller = context.get("caller");
  const entry: AuditEntry = {
    action: route.audit ?? "refused",
    target: context.req.path,
    tokenId: caller?.tokenId,
    caller: caller?.name,
    address: context.get("address"),
    status,
  };
  try {
    await audit.record(entry);
  } catch (error) {
    // What was done is done: the answer must not say otherwise.
    logger.error({ ...entry, ...thrownFields(error) }, "This could not be written to the audit log.");
  }
}

async function fail(context: RouteContext, thrown: unknown, parts: RegistryAppParts): Promise<Response> {
  const error = BentoError.from(thrown);
  const requestId = context.get("requestId");
  if (error.status >= 500) {
    parts.logger.error(
      { requestId, method: context.req.method, path: context.req.path, ...thrownFields(error.cause ?? error) },
      error.message,
    );
  }
  const isApi = context.req.path.startsWith("/api/") || !(context.req.header("accept") ?? "").includes("text/html");
  return protect(context, isApi ? errorReply(error, requestId) : await parts.pageError(context, error));
}

/** What every answer says. */
function protect(context: RouteContext, response: Response): Response {
  const { headers } = response;
  headers.set(contentHeader, contentProtocol);
  headers.set("x-request-id", context.get("requestId"));
  headers.set("x-content-type-options", "nosniff");
  // Without any, browsers would not say either where a form comes from.
  headers.set("referrer-policy", "same-origin");
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  if (!headers.has("content-security-policy"))
    headers.set("content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox");
  return response;
}

function routeNotFound(context: RouteContext): BentoError {
  return new BentoError(
    "BENTO_ROUTE_NOT_FOUND",
    `Nothing answers ${context.req.method} ${JSON.stringify(context.req.path.slice(0, 200))} here.`,
  );
}

function addressOf(context: RouteContext, trustProxy: boolean): string {
  // What stands last was written by the proxy next to us; the rest is what the caller liked to say.
  const forwarded = trustProxy ? context.req.header("x-forwarded-for")?.split(",").at(-1)?.trim() : undefined;
  return forwarded ?? context.env?.incoming?.socket.remoteAddress ?? "unknown";
}

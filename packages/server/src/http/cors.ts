import type { CorsOptions } from "@bento/sdk";
import type { MiddlewareHandler } from "hono";

import { textType } from "./reply.js";

/** What a browser lets a page send without asking. */
const safeHeaders = ["Accept", "Accept-Language", "Content-Language", "Content-Type"];
const varied = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/** What a browser asks before a page may call. */
interface Preflight {
  readonly origin: string;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: readonly string[];
}

/**
 * Answers preflights, before anything asks for credentials, and tells browsers which pages may read an answer.
 * A preflight that is refused says for what, as BentoML's does: with status 400.
 * @source Starlette's CORSMiddleware, which BentoML uses; differs: any header may be sent unless some are named
 */
export function makeCors(options: true | CorsOptions): MiddlewareHandler {
  const rules = options === true ? {} : options;
  const { exposeHeaders = ["x-bentoml-request-id", "retry-after"], credentials = false } = rules;
  const allows = originRule(rules.origin ?? "*");
  return async ({ req, res }, next) => {
    const origin = req.header("origin");
    const method = req.header("access-control-request-method");
    if (req.method === "OPTIONS" && origin !== undefined && method !== undefined) {
      const asked = req.header("access-control-request-headers") ?? "";
      const headers = asked.split(",").flatMap((name) => name.trim().toLowerCase() || []);
      return answerPreflight({ origin, method, headers }, rules, allows(origin));
    }
    const allowed = origin === undefined ? undefined : allows(origin);
    if (allowed !== undefined) res.headers.set("access-control-allow-origin", allowed);
    if (origin !== undefined && credentials) res.headers.set("access-control-allow-credentials", "true");
    if (origin !== undefined && exposeHeaders.length > 0) res.headers.set("access-control-expose-headers", exposeHeaders.join(","));
    // What one origin may read another one must not find in a cache.
    if (allows("") !== "*") res.headers.append("vary", "Origin");
    await next();
    return undefined;
  };
}

/** The origin to allow for one that asks: itself, `*`, or none. */
function originRule(origin: Exclude<CorsOptions["origin"], undefined>): (origin: string) => string | undefined {
  if (typeof origin === "function") return origin;
  const known = typeof origin === "string" ? [origin] : origin;
  return (asked) => (known.includes("*") ? "*" : known.includes(asked) ? asked : undefined);
}

function answerPreflight({ origin, method, headers }: Preflight, rules: CorsOptions, allowed: string | undefined): Response {
  const { allowMethods = ["GET", "HEAD", "POST", "DELETE"], allowHeaders, maxAge, credentials = false } = rules;
  const known = allowHeaders && [...new Set([...safeHeaders, ...allowHeaders])];
  const mayHave = new Set(known?.map((name) => name.toLowerCase()));
  const refusals = [
    ...(allowed === "*" || allowed === origin ? [] : ["origin"]),
    ...(allowMethods.includes("*") || allowMethods.includes(method) ? [] : ["method"]),
    ...(known === undefined || headers.every((name) => mayHave.has(name)) ? [] : ["headers"]),
  ];
  const said = new Headers({ vary: varied, "content-type": textType, "access-control-allow-methods": allowMethods.join(", ") });
  if (allowed !== undefined) said.set("access-control-allow-origin", allowed);
  if (credentials) said.set("access-control-allow-credentials", "true");
  if (maxAge !== undefined) said.set("access-control-max-age", String(maxAge));
  const named = known ?? headers;
  if (named.length > 0) said.set("access-control-allow-headers", named.join(", "));
  const text = refusals.length === 0 ? "OK" : `Disallowed CORS ${refusals.join(", ")}`;
  return new Response(text, { status: refusals.length === 0 ? 200 : 400, headers: said });
}

import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";

import type { CorsOptions } from "../options.js";

/** Hono's own CORS, with defaults that fit a service. It answers preflights itself, before anything asks for credentials. */
export function makeCors(options: true | CorsOptions): MiddlewareHandler {
  const { origin = "*", allowMethods, allowHeaders, exposeHeaders, maxAge, credentials } = options === true ? {} : options;
  return cors({
    origin: typeof origin === "function" ? origin : typeof origin === "string" ? origin : [...origin],
    allowMethods: [...(allowMethods ?? ["GET", "HEAD", "POST", "DELETE"])],
    exposeHeaders: [...(exposeHeaders ?? ["x-bentoml-request-id", "retry-after"])],
    ...(allowHeaders && { allowHeaders: [...allowHeaders] }),
    ...(maxAge !== undefined && { maxAge }),
    ...(credentials !== undefined && { credentials }),
  });
}

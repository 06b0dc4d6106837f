import type { HttpBindings } from "@hono/node-server";
import type { RouteContext } from "./route.js";

/**
 * Aborted when the client goes away before it has all of the answer. The signal of the web request is the same, but to ask
 * for it makes that request begin to read the body, which uploads read from the socket themselves.
 */
export function clientSignal({ env, req }: RouteContext): AbortSignal {
  const { outgoing } = (env ?? {}) as Partial<HttpBindings>;
  if (outgoing === undefined) return req.raw.signal;
  const controller = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) controller.abort();
  });
  return controller.signal;
}

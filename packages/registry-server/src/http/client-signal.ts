import { BentoError } from "@bento/core";
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

/** What ended work, where it is no more than that the client went away: that is no failure of the server. Anything else stays what it is. */
export function unlessClientLeft(thrown: unknown, signal: AbortSignal): unknown {
  const isAbort = thrown === signal.reason || (thrown instanceof Error && thrown.name === "AbortError");
  if (!signal.aborted || !isAbort) return thrown;
  return new BentoError("BENTO_CANCELLED", "The client went away before it was answered.", { cause: thrown });
}

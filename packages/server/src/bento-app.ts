import { setTimeout as sleep } from "node:timers/promises";

import { type Client, type ClientOptions, createClient } from "@bento/client";
import { BentoError } from "@bento/core";
import type { ServiceSpec } from "@bento/sdk";
import type { getRequestListener } from "@hono/node-server";
import type { Context as HonoContext, Next } from "hono";
import { Hono } from "hono";
import type { Registry } from "prom-client";

import type { BentoAppParts } from "./app-parts.js";
import { makeNodeHandler, type NodeHandler, type NodeHandlerOptions } from "./adapters/node-handler.js";
import { parsedBodyOf, type Place, type NodeRequest } from "./adapters/node-incoming.js";
import { toResponse, WebIncoming } from "./adapters/web.js";
import { makeCors } from "./http/cors.js";

type HonoListener = ReturnType<typeof getRequestListener>;

/** What comes with a request from `@hono/node-server`. */
interface NodeBindings {
  readonly incoming?: NodeRequest;
}

/**
 * A service as a Hono app: `app.request("/classify", ...)`, `parent.route("/digits", app)`, `app.fetch`, and what Bento
 * adds. Routes of your own may be added before the first request; the service's own win.
 *
 * Close it when you are done, with `await using` or {@link BentoApp.close}: that runs the shutdown hooks.
 */
export class BentoApp<S = unknown> extends Hono {
  /** Everything about the service that was declared. */
  readonly spec: ServiceSpec;
  readonly #parts: BentoAppParts;
  readonly #ownRoutes: number;
  /** Where requests that go on from a Node handler to Hono stand. */
  readonly #places = new WeakMap<object, Place>();

  constructor(parts: BentoAppParts) {
    super();
    this.#parts = parts;
    this.spec = parts.spec;
    if (parts.cors !== false) this.use("*", makeCors(parts.cors));
    this.all("*", (context, next) => this.#answer(context, next));
    this.#ownRoutes = this.routes.length;
  }

  /** The metrics' registry, to add some of your own; `undefined` with `metrics: false`. */
  get metrics(): Registry | undefined {
    return this.#parts.metrics?.registry;
  }

  /** The same typed client as `createClient`, without a socket: calls go straight into the app, once unless `retries` says otherwise. */
  client(options: Omit<ClientOptions, "fetch" | "schema"> = {}): Client<S> {
    return createClient<S>("http://localhost", {
      // Nothing lies between that could fail, and a test of what is refused must not wait.
      retries: 0,
      ...options,
      schema: this.#parts.document(),
      fetch: (url, init) => this.request(url, init),
    });
  }

  /** A handler for `node:http`, Express, Fastify and friends; see {@link NodeHandler}. */
  node(options: NodeHandlerOptions = {}): NodeHandler {
    // Most apps never need it, and it is half of what loading Hono costs a start.
    let listener: Promise<HonoListener> | undefined;
    return makeNodeHandler(
      {
        pipeline: this.#parts.pipeline,
        isClosing: this.#parts.isClosing,
        hono: {
          answer: (request, response, place) => {
            this.#places.set(request, place);
            listener ??= this.#throughHono();
            void listener.then((listen) => listen(request, response));
          },
          // Routes may be added until the first request, after this handler was made.
          isNeeded: (path) => this.#parts.cors !== false || (this.routes.length > this.#ownRoutes && !this.#parts.pipeline.has(path)),
        },
      },
      options,
    );
  }

  /**
   * Starts the service anew from its files and with the newest models, while the old workers go on until the new ones are
   * ready. What the service says of workers and devices holds until the server is started again.
   * @throws what stopped the new start; the old workers go on then
   * @throws BENTO_CONFIG_INVALID where the service runs in this process, which can load a module only once
   */
  async reload(): Promise<void> {
    const { executor, onReload } = this.#parts;
    if (executor.reload === undefined) {
      throw new BentoError(
        "BENTO_CONFIG_INVALID",
        `The service ${this.spec.name} runs in this process, which can load a module only once.`,
        {
          hint: 'Run it in worker processes: { workers: 1, mode: "pool", entry: import.meta.url }.',
        },
      );
    }
    onReload(await executor.reload());
  }

  /**
   * Waits for the requests in flight, then runs the shutdown hooks; once, however often it is called. What is not done
   * after `drainTimeoutMs` is not waited for, and streams are broken off.
   */
  async close(): Promise<void> {
    const { pipeline, executor, keptStreams, drainTimeoutMs, following } = this.#parts;
    following?.stop();
    const patience = new AbortController();
    const isDone = await Promise.race([pipeline.idle().then(() => true), sleep(drainTimeoutMs, false, { signal: patience.signal })]);
    patience.abort();
    const reason = new BentoError("BENTO_UNAVAILABLE", "The service is shut down.");
    if (!isDone) pipeline.breakOff(reason);
    keptStreams.close(reason);
    await executor.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #throughHono(): Promise<HonoListener> {
    const { getRequestListener: listenerOf } = await import("@hono/node-server");
    return listenerOf((request, env) => this.fetch(request, env), { overrideGlobalObjects: false });
  }

  async #answer(context: HonoContext, next: Next): Promise<Response | void> {
    const { pipeline } = this.#parts;
    const place = this.#placeOf(context);
    if (!pipeline.has(place.path) && routesOf(context).length > context.req.routeIndex + 1) return next();
    const incoming = new WebIncoming(context.req.raw, { ...place, readBefore: bodyReadBefore(context) });
    return new Promise((resolve) => pipeline.answer(incoming, (reply) => resolve(toResponse(reply, incoming.method))));
  }

  #placeOf(context: HonoContext): Place {
    const { incoming } = (context.env ?? {}) as NodeBindings;
    const known = incoming && this.#places.get(incoming);
    if (known) return known;
    const mount = mountOf(context);
    return { path: context.req.path.slice(mount.length) || "/", mount };
  }
}

/**
 * The routes that a request matches. Asked of the request itself: the parent app may be of another copy of Hono, which the
 * helpers of `hono/route` know nothing of.
 */
function routesOf({ req }: HonoContext): HonoContext["req"]["matchedRoutes"] {
  // oxlint-disable-next-line typescript/no-deprecated -- what replaces it works for one copy only
  return req.matchedRoutes;
}

/** The path that the app is mounted at: as many segments of the request's as that has, some of which may be parameters. */
function mountOf(context: HonoContext): string {
  const { routeIndex, path } = context.req;
  const base = routesOf(context)[routeIndex]?.basePath ?? "/";
  if (base === "/" || !/[:*]/.test(base)) return base === "/" ? "" : base;
  const segments = base.replaceAll(/\{[^}]*\}/g, "").split("/").length;
  return path.split("/").slice(0, segments).join("/");
}

/** The body, where a middleware of the parent app or a body parser before it has read it already. */
function bodyReadBefore(context: HonoContext) {
  const { incoming } = (context.env ?? {}) as NodeBindings;
  const parsed = incoming && parsedBodyOf(incoming);
  if (parsed) return async () => parsed;
  // Made into bytes again, it would have another boundary than the content type says.
  if (context.req.bodyCache.formData !== undefined) return async () => ({ value: await context.req.formData() });
  const isCached = context.req.raw.bodyUsed && Object.keys(context.req.bodyCache).length > 0;
  return isCached ? async () => ({ bytes: new Uint8Array(await context.req.arrayBuffer()) }) : undefined;
}

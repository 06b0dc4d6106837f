import type { IncomingMessage, ServerResponse } from "node:http";

import { checkPath, describe } from "./option-checks.js";
import { capital, serviceInvalid } from "./service-invalid.js";

/** Answers web-standard requests, as Hono's `app.fetch` and handlers of many runtimes do. */
export type FetchHandler = (request: Request) => Response | Promise<Response>;

/** Answers requests of `node:http`: an Express app, `fastify.routing`, Koa's `app.callback()`. */
export type NodeRequestHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** What can be mounted: a handler of either kind, or an object with a `fetch` such as a Hono app. */
export type Mountable = { readonly fetch: FetchHandler } | FetchHandler | NodeRequestHandler;

/** An app of others below a path of the service, made by {@link mount}. */
export interface Mount {
  /** Where it begins, below the service's prefix; `/` is everything that nothing else answers. */
  readonly path: string;
  readonly handler:
    | { readonly kind: "fetch"; readonly handle: FetchHandler }
    | { readonly kind: "node"; readonly handle: NodeRequestHandler };
  /** The paths that it answers, where it can say so, below its own. */
  readonly routes: () => readonly string[];
}

/** Options of {@link mount}. */
export interface MountOptions {
  /** What a function is that takes as many parameters as the other kind. @default `"node"` with two or more, else `"fetch"` */
  readonly kind?: "fetch" | "node" | undefined;
}

/**
 * An app of your own below a path of the service: `@service({ mounts: [mount("/admin", new Hono().get("/users", ...))] })`.
 *
 * It sees paths without the mount's, and answers every method and every path below it that no endpoint has. Whoever asks
 * passes the same checks as for an endpoint: host, credentials, limits, deadline. A body comes whole; an answer may be a
 * stream. Within it `getContext()` gives the context, and references to models work.
 * @throws BENTO_SERVICE_INVALID for what is no path, or no app
 */
export function mount(path: string, app: Mountable, options: MountOptions = {}): Mount {
  const whose = `the mount ${JSON.stringify(path)}`;
  if (path !== "/") checkPath(whose, "path", path);
  return { path, handler: handlerOf(whose, app, options), routes: () => routesOf(app) };
}

/** The mounts of a service. @throws BENTO_SERVICE_INVALID for what {@link mount} has not made, and two at one path */
export function mountsOf(whose: string, value: unknown): readonly Mount[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every(isMount)) {
    throw serviceInvalid(`The mounts of ${whose} are not made by mount().`, 'Give a list: mounts: [mount("/admin", app)].');
  }
  const twice = value.find(({ path }, index) => value.findIndex((other) => other.path === path) !== index);
  if (twice === undefined) return Object.freeze([...value]);
  throw serviceInvalid(`${capital(whose)} has two mounts at ${JSON.stringify(twice.path)}.`, "Mount one of them elsewhere.");
}

function isMount(value: unknown): value is Mount {
  const { path, handler, routes } = (value ?? {}) as Partial<Mount>;
  return typeof path === "string" && typeof handler === "object" && typeof routes === "function";
}

function handlerOf(whose: string, app: unknown, { kind }: MountOptions): Mount["handler"] {
  const isThing = (typeof app === "object" && app !== null) || typeof app === "function";
  const fetch: unknown = isThing && "fetch" in app ? app.fetch : undefined;
  if (typeof fetch === "function" && kind !== "node") return { kind: "fetch", handle: (fetch as FetchHandler).bind(app) };
  if (typeof app !== "function") {
    throw serviceInvalid(
      `${capital(whose)} is given ${describe(app)}, which answers no requests.`,
      "Give a Hono app, a function of a Request, or a handler of node:http such as an Express app.",
    );
  }
  const isNode = kind === undefined ? app.length >= 2 : kind === "node";
  return isNode ? { kind: "node", handle: app as NodeRequestHandler } : { kind: "fetch", handle: app as FetchHandler };
}

/** Hono lists its routes, middleware for whole parts of it among them. */
function routesOf(app: unknown): readonly string[] {
  const routes: unknown = (app as { readonly routes?: unknown } | null)?.routes;
  if (!Array.isArray(routes)) return [];
  const paths = routes.map((route: unknown) => (route as { readonly path?: unknown } | null)?.path);
  const known = paths.filter((path): path is string => typeof path === "string" && path.startsWith("/") && !path.includes("*"));
  return [...new Set(known)];
}

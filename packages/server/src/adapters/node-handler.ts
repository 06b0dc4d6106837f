import type { IncomingMessage, ServerResponse } from "node:http";

import type { Pipeline } from "../http/pipeline.js";
import { limitBodyTime, unwatchedBodyMs } from "./body-time.js";
import { NodeIncoming, type NodeRequest, type Place } from "./node-incoming.js";
import { writeReply } from "./node-reply.js";

/** Options of {@link NodeHandler}s. */
export interface NodeHandlerOptions {
  /** Path that the service is mounted at, such as `/digits`; Express tells it by itself. */
  readonly prefix?: string;
}

/** A request of Fastify, as far as it matters here. */
export interface FastifyRequestLike {
  readonly raw: IncomingMessage;
  readonly body?: unknown;
}

/** A reply of Fastify, as far as it matters here. */
export interface FastifyReplyLike {
  readonly raw: ServerResponse;
  hijack(): unknown;
}

/**
 * A service as a handler for what speaks `node:http`.
 *
 * - `http.createServer(app.node())`
 * - Express: `express.use("/digits", app.node({ prefix: "/digits" }))`, before or after `express.json()`
 * - Fastify: `fastify.all("/digits/*", app.node({ prefix: "/digits" }))`
 *
 * It answers every request itself, unknown paths too, and never throws.
 */
export type NodeHandler = (request: IncomingMessage | FastifyRequestLike, response: ServerResponse | FastifyReplyLike) => void;

/** What a handler stands on. */
export interface NodeHandlerParts {
  readonly pipeline: Pipeline;
  /** The way through the whole Hono app, for what the pipeline cannot answer alone; where there is one. */
  readonly hono?: {
    /** Whether a path has to take it. */
    readonly isNeeded: (path: string) => boolean;
    readonly answer: (request: IncomingMessage, response: ServerResponse, place: Place) => void;
  };
  /** Whether connections shall end after their next answer. */
  readonly isClosing: () => boolean;
}

/** The handler of an app for `node:http` and frameworks on it. */
export function makeNodeHandler(parts: NodeHandlerParts, options: NodeHandlerOptions = {}): NodeHandler {
  const prefix = (options.prefix ?? "").replace(/\/+$/, "");
  return (request, response) => {
    if ("hijack" in response) {
      response.hijack();
      const raw = "raw" in request ? request.raw : request;
      if ("raw" in request && request.body !== undefined) Object.assign(raw, { body: request.body });
      return handle(parts, raw, response.raw, prefix);
    }
    return handle(parts, request as IncomingMessage, response, prefix);
  };
}

function handle(parts: NodeHandlerParts, request: NodeRequest, response: ServerResponse, prefix: string): void {
  const place = placeOf(request, prefix);
  if (parts.hono?.isNeeded(place.path) === true) {
    // What others answer has no time of ours.
    if (!parts.pipeline.has(place.path)) limitBodyTime(request, unwatchedBodyMs);
    return parts.hono.answer(request, response, place);
  }
  parts.pipeline.answer(new NodeIncoming(request, response, place), (reply) => writeReply(request, response, reply, parts.isClosing()));
}

/** Express tells both what it stripped and what is left; others leave the path whole. */
function placeOf(request: NodeRequest, prefix: string): Place {
  const stripped = pathOf(request.url ?? "/");
  const whole = request.originalUrl === undefined ? stripped : pathOf(request.originalUrl);
  if (prefix !== "" && (whole === prefix || whole.startsWith(`${prefix}/`))) {
    return { path: decoded(whole.slice(prefix.length) || "/"), mount: prefix };
  }
  return { path: decoded(stripped), mount: request.baseUrl ?? "" };
}

/** The path of a request target; an absolute one (`GET http://host/path`) is what clients send to proxies. */
function pathOf(target: string): string {
  const query = target.indexOf("?");
  const path = query === -1 ? target : target.slice(0, query);
  if (path.startsWith("/")) return path;
  return URL.canParse(path) ? new URL(path).pathname : "/";
}

/** Paths are compared decoded; one that cannot be decoded is no route's, and stays as it is. */
function decoded(path: string): string {
  if (!path.includes("%")) return path;
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

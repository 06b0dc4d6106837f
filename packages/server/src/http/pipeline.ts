import { BentoError, type Identity, type WorkerInfo } from "@bento/core";

import type { ApiOutline } from "../executor/outline.js";
import type { Authenticator } from "./auth.js";
import { Call, type Outcome } from "./call.js";
import type { Deadlines } from "./deadlines.js";
import type { Guard } from "./host-guard.js";
import type { Incoming } from "./incoming.js";
import { type Logger, logAccess, logFailure } from "./log.js";
import type { Metrics } from "./metrics.js";
import { errorReply, isStream, type Reply } from "./reply.js";
import { makeRequestId } from "./request-id.js";
import { PathPattern } from "./path-pattern.js";
import { patienceOf } from "./patience.js";
import { Refusal } from "./refusal.js";
import type { RouteMetrics } from "./route-metrics.js";
import { traceIdOf } from "./trace-id.js";
import { watchStream, type WatchedStream } from "./watched-stream.js";

/** Answers a request of one route and method: settles the call, or throws. */
export type Handler = (call: Call) => void;

/** A handler that has its answer at once, or as soon as something is read. */
export function answering(answer: (call: Call) => Reply | Promise<Reply>): Handler {
  return (call) => {
    const reply = answer(call);
    if (!(reply instanceof Promise)) return void call.reply(reply);
    reply.then(
      (later) => call.reply(later),
      (thrown: unknown) => call.fail(thrown),
    );
  };
}

/** One path and what answers it, by HTTP method; `HEAD` is answered like `GET`, without the body. */
export interface Route {
  readonly path: string;
  readonly handlers: Readonly<Partial<Record<string, Handler>>>;
  /** Whether callers need no credentials. */
  readonly isPublic?: boolean;
  /** The endpoint that it is the way to; other routes are for those who run the service, and know none of its limits. */
  readonly endpoint?: Pick<ApiOutline, "stream">;
  /** Whether requests are left out of the metrics. */
  readonly isUncounted?: boolean;
  /** Whether requests are left out of the access log: what an orchestrator asks every few seconds. */
  readonly isQuiet?: boolean;
  /** Statuses whose metrics stand at 0 from the start. */
  readonly codes?: readonly number[];
}

/** What a pipeline is made of. */
export interface PipelineOptions {
  readonly service: string;
  /** Whether answers say which trace they belong to. */
  readonly hasTraceId: boolean;
  readonly metrics: Metrics | undefined;
  readonly authenticate: Authenticator | undefined;
  readonly guard: Guard | undefined;
  readonly deadlines: Deadlines;
  readonly logger: Logger | undefined;
  readonly accessLog: boolean;
  /** Who this process is, where it is one of several that answer. */
  readonly worker?: WorkerInfo | undefined;
}

interface RouteEntry {
  readonly handler: Handler;
  readonly isPublic: boolean;
  readonly isEndpoint: boolean;
}

/** A route as it is looked up. What one path needs differs by method: a public probe must not open an endpoint beside it. */
interface BoundRoute {
  readonly path: string;
  readonly entries: Map<string, RouteEntry>;
  readonly metrics: RouteMetrics | undefined;
  readonly isQuiet: boolean;
  /** Where its path is one. */
  readonly pattern: PathPattern | undefined;
}

/**
 * The way of every request, whichever door it came through: find the route, check who asks, let the route answer, turn
 * what was thrown into an answer, count and log. Anything that decides lives here or in a handler and never in a
 * middleware beside it, so that no spelling of a path can go around a check.
 */
export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #routes = new Map<string, BoundRoute>();
  /** Those whose path is a pattern, in the order in which they are asked; paths as they are go before all of them. */
  #patterns: readonly BoundRoute[] = [];
  readonly #unmatched: BoundRoute;
  readonly #serverHeader: string;
  /** Answers that have begun. */
  readonly #streams = new Set<WatchedStream>();
  #inFlight = 0;
  #onIdle: (() => void) | undefined;

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#serverHeader = `BentoML Service/${options.service}`;
    const metrics = options.metrics?.route("unmatched");
    this.#unmatched = { path: "unmatched", entries: new Map(), metrics, isQuiet: false, pattern: undefined };
  }

  /** Adds a route; the first of several with one path and method holds. */
  add({ path, handlers, endpoint, isPublic = false, isUncounted = false, isQuiet = false, codes = [] }: Route): void {
    const pattern = PathPattern.isNeeded(path) ? new PathPattern(path) : undefined;
    let route = pattern ? this.#patterns.find((other) => other.path === path) : this.#routes.get(path);
    if (!route) {
      const metrics = isUncounted ? undefined : this.#options.metrics?.route(path, codes);
      route = { path, entries: new Map(), metrics, isQuiet, pattern };
      if (pattern) this.#patterns = [...this.#patterns, route].toSorted(byPattern);
      else this.#routes.set(path, route);
    }
    if (endpoint) route.metrics?.prepareEndpoint(endpoint.stream);
    for (const [method, handler] of Object.entries(handlers)) {
      if (handler && !route.entries.has(method)) route.entries.set(method, { handler, isPublic, isEndpoint: endpoint !== undefined });
    }
  }

  /** Takes all routes away, for others to be added. Requests that have found theirs go on. */
  clear(): void {
    this.#routes.clear();
    this.#patterns = [];
  }

  /** Whether a path is one of the pipeline's own. */
  has(path: string): boolean {
    return this.#routes.has(path) || this.#routes.has(withoutSlash(path)) || this.#fitting(path) !== undefined;
  }

  /** Requests whose answer is not complete. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Resolves when no request is in flight. */
  idle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const before = this.#onIdle;
      this.#onIdle = () => {
        before?.();
        resolve();
      };
    });
  }

  /** Ends the answers that are streams: what else is in flight has its deadline. */
  breakOff(error: BentoError): void {
    for (const stream of this.#streams) stream.breakOff(error);
  }

  /** Answers a request: `send` is called exactly once. */
  answer(incoming: Incoming, send: (reply: Reply) => void): void {
    const { metrics, worker } = this.#options;
    const route = this.#routes.get(incoming.path) ?? this.#fitting(incoming.path) ?? this.#unmatched;
    const call = new Call(incoming, makeRequestId(), (settled, outcome) => send(this.#toReply(route, settled, outcome)), worker);
    if (route.pattern) call.pattern = route.pattern;
    this.#inFlight += 1;
    if (route.metrics) {
      route.metrics.begin();
      if (metrics) metrics.lastRequestAt = Date.now();
    }
    try {
      this.#handle(route, call);
    } catch (thrown) {
      call.fail(thrown);
    }
  }

  #fitting(path: string): BoundRoute | undefined {
    if (this.#patterns.length === 0) return undefined;
    const parts = path.split("/").slice(1);
    return this.#patterns.find(({ pattern }) => pattern?.fits(parts));
  }

  #handle(route: BoundRoute, call: Call): void {
    const { guard, authenticate, deadlines } = this.#options;
    guard?.(call.incoming);
    const { method } = call.incoming;
    const entry = route.entries.get(method) ?? (method === "HEAD" ? route.entries.get("GET") : undefined);
    if (entry?.isEndpoint === true) call.patienceMs = patienceOf(call.incoming);
    const handler = entry?.handler ?? (route === this.#unmatched ? this.#lost : methodNotAllowed(route));
    if (!authenticate || entry?.isPublic === true) return handler(call);
    const identity: Identity | Promise<Identity> = authenticate(call.incoming, call.request);
    if (!(identity instanceof Promise)) return proceedAs(identity, handler, call);
    call.watch(deadlines);
    // Who is known only after the time is over is not let in any more.
    identity.then((known) => (call.isSettled ? undefined : proceedAs(known, handler, call))).catch((thrown: unknown) => call.fail(thrown));
  }

  /** A slash too much is forgiven, by a relative redirect: nothing that the caller wrote becomes part of it. */
  readonly #lost: Handler = (call) => {
    const { path, method, mount } = call.incoming;
    const shorter = withoutSlash(path);
    if (shorter !== path && this.#routes.has(shorter)) {
      const location = `../${shorter.slice(shorter.lastIndexOf("/") + 1)}`;
      return void call.reply({ status: 307, headers: ["location", location], body: "" });
    }
    const place = `${method} ${(mount + path).slice(0, 200)}`;
    throw new BentoError("BENTO_ROUTE_NOT_FOUND", `Nothing answers ${place}.`, {
      hint: "GET /schema.json lists the endpoints; they take POST.",
    });
  };

  #toReply(route: BoundRoute, call: Call, outcome: Outcome): Reply {
    const { logger } = this.#options;
    if ("thrown" in outcome) {
      if (outcome.thrown instanceof Refusal) route.metrics?.refuse(outcome.thrown.reason);
      else if (logger) logFailure(logger, call, outcome.thrown);
    }
    const reply = "reply" in outcome ? answerOf(call, outcome.reply) : errorReply(outcome.thrown, call.incoming.isHalfRead);
    reply.headers.push("server", this.#serverHeader, "x-bentoml-request-id", call.requestId);
    if (this.#options.hasTraceId) reply.headers.push("x-bentoml-trace-id", traceIdOf(call.incoming.header("traceparent")));
    if (isStream(reply.body)) {
      const stream = watchStream(reply.body, {
        onLeave: () => call.leave(),
        onEnd: () => {
          this.#streams.delete(stream);
          route.metrics?.endStream();
          this.#end(route, call, reply.status);
        },
      });
      this.#streams.add(stream);
      route.metrics?.beginStream();
      reply.body = stream;
    } else this.#end(route, call, reply.status);
    return reply;
  }

  #end(route: BoundRoute, call: Call, status: number): void {
    call.close();
    const elapsedMs = performance.now() - call.startedAt;
    route.metrics?.end(status, elapsedMs / 1000);
    const { accessLog, logger } = this.#options;
    if (accessLog && logger && !route.isQuiet) logAccess(logger, call, status, elapsedMs);
    this.#inFlight -= 1;
    if (this.#inFlight === 0 && this.#onIdle) {
      this.#onIdle();
      this.#onIdle = undefined;
    }
  }
}

/** An answer that comes before the input's end has no use of the rest: the connection ends with it. */
function answerOf({ input, incoming }: Call, reply: Reply): Reply {
  return input !== undefined && incoming.isHalfRead && !isStream(reply.body) ? { ...reply, close: true } : reply;
}

function byPattern({ pattern: one }: BoundRoute, { pattern: other }: BoundRoute): number {
  return one && other ? PathPattern.compare(one, other) : 0;
}

function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

function proceedAs(identity: Identity, handler: Handler, call: Call): void {
  call.identity = identity;
  handler(call);
}

function methodNotAllowed(route: BoundRoute): Handler {
  return (call) => {
    const methods = [...route.entries.keys()];
    if (methods.includes("GET")) methods.push("HEAD");
    const allow = methods.toSorted().join(", ");
    const { mount, method } = call.incoming;
    const error = new BentoError("BENTO_METHOD_NOT_ALLOWED", `${mount}${route.path} does not take ${method.slice(0, 20)}.`, {
      hint: `Use ${allow}.`,
    });
    const refusal = errorReply(error);
    refusal.headers.push("allow", allow);
    call.reply(refusal);
  };
}

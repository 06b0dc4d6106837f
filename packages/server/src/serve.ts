import type { RequestListener } from "node:http";

import type { ServiceClass } from "@bento/sdk";
import { specOf } from "@bento/sdk/runtime";

import type { BentoAppParts } from "./app-parts.js";
import type { BentoApp } from "./bento-app.js";
import type { BentoServer } from "./bento-server.js";
import { inertExecutor, inertServer, inertService } from "./entry/inert.js";
import { loadTarget } from "./entry/load-target.js";
import { isQuietLoad, quietLoad } from "./entry/quiet-load.js";
import { appOver, startParts } from "./create-app.js";
import { makeHostGuard } from "./http/host-guard.js";
import type { Logger } from "./http/log.js";
import type { HttpListener } from "./http-listener.js";
import { freePort } from "./listen-address.js";
import { announce } from "./listen-banner.js";
import { type Door, Listening } from "./listening.js";
import { defaultLogger } from "./logger.js";
import { checkInteger, drainTimeOf, type ServeOptions } from "./options.js";
import { crossingOptions, obstacleToSharing } from "./shared-port/crossing-options.js";
import { SharedPort } from "./shared-port/shared-port.js";
import { allowsOrigins } from "./spec-overrides.js";
import { StopRequests } from "./stop-requests.js";
import { unlessAborted } from "./unless-aborted.js";
import type { WorkersPlan } from "./workers/plan.js";
import { hasDeathSignal } from "./workers/death-signal.js";

const defaultPort = 3000;
const defaultHost = "127.0.0.1";

/**
 * Serves a service over HTTP, on this machine only unless `host` says otherwise.
 *
 * Resolves when it listens: models are pinned and start-up hooks run by then. SIGTERM and SIGINT drain it, or end its
 * start, after the shutdown hooks of the workers that were ready, and the process; a second one ends that at once.
 *
 * ```ts
 * await using server = await serve(Digits, { port: 3000 });
 * console.log(server.url);
 * ```
 *
 * A service can also be named by its file, as seen from the working directory: `serve("./service.ts:Digits")`. Then worker
 * processes know where it is, and `:Digits`, its export or its name, may be left out where the file has one service only.
 * TypeScript is compiled with `@swc/core`, in both worlds of decorators. What the file itself gives to `serve()` and
 * `createApp()`, while it is loaded or at any time later, starts nothing: it is served as this call says.
 * @throws BENTO_ENTRY_INVALID for a file that is not there, does not compile, or holds no such service
 * @throws BENTO_LISTEN_FAILED when host and port cannot be had; before anything is started, unless they are taken meanwhile
 * @throws BENTO_CANCELLED when the option `signal` is aborted before it listens
 * @throws whatever {@link createApp} does
 */
export function serve<S extends object>(service: ServiceClass<S>, options?: ServeOptions): Promise<BentoServer<S>>;
export function serve<S extends object = object>(target: string, options?: ServeOptions): Promise<BentoServer<S>>;
export async function serve<S extends object>(what: ServiceClass<S> | string, options: ServeOptions = {}): Promise<BentoServer<S>> {
  const isNamed = typeof what === "string";
  const quiet = isNamed ? quietLoad() !== undefined && (inertService as unknown as ServiceClass<S>) : isQuietLoad(what) && what;
  if (quiet !== false) return inertServer(await appOver<S>(await startParts(quiet, options, { executor: inertExecutor })), options);
  const requests = new StopRequests(options);
  try {
    if (!isNamed) return await serveClass(what, options, requests);
    const { service, entry } = await unlessAborted(loadTarget(what), requests.starting);
    return await serveClass(service as ServiceClass<S>, { ...options, entry }, requests);
  } catch (error) {
    requests.failed();
    throw error;
  }
}

async function serveClass<S extends object>(
  service: ServiceClass<S>,
  options: ServeOptions,
  requests: StopRequests,
): Promise<BentoServer<S>> {
  const port = checkInteger("port", options.port ?? defaultPort, 0, 65_535);
  const host = options.host ?? defaultHost;
  const drainTimeoutMs = drainTimeOf(options);
  const own = options.logger === undefined ? defaultLogger() : undefined;
  const logger = options.logger ?? own;
  const { allowedHosts = [] } = options;
  let isDraining = false;
  let plan: WorkersPlan | undefined;
  let made: BentoAppParts | undefined;
  let app: BentoApp<S>;
  let door: Door;
  let listener: HttpListener | undefined;
  const sharedPort = new SharedPort({
    host,
    app: crossingOptions(options),
    drainTimeoutMs,
    obstacle: obstacleToSharing(options),
  });
  // Takes a moment, and who gives an entry most likely has workers.
  if (options.entry !== undefined) void hasDeathSignal();
  try {
    // Nobody is to wait for models and workers only to hear then that they cannot be reached.
    await freePort({ host, port });
    requests.starting.throwIfAborted();
    made = await startParts(
      service,
      { accessLog: true, ...options, logger },
      {
        makeGuard: () => makeHostGuard({ boundHost: host, allowedHosts, allowsOrigins: allowsOrigins(specOf(service), options) }),
        isDraining: () => isDraining,
        graceMs: drainTimeoutMs,
        sharedPort,
        starting: requests.starting,
        reload: options.reload === true,
        showsBar: own !== undefined,
        jointMetrics: sharedPort.metrics,
        onPlan: (chosen) => (plan = chosen),
      },
    );
    // Loading Hono would hold up the first answer, which needs it for CORS only: nobody can have added routes yet.
    const early = made.cors === false ? undefined : await appOver<S>(made);
    const { FirstCallers, HttpListener: Listener, makeNodeHandler, StandIn } = await import("./answering.js");
    const callers = new FirstCallers(early?.node() ?? makeNodeHandler(made));
    let answer: RequestListener = (request, response) => callers.answer(request, response);
    const handler: RequestListener = (request, response) => answer(request, response);
    listener = await Listener.open(handler, { host, port });
    door = sharedPort.isUsed ? sharedPort : listener;
    if (door === sharedPort) {
      await sharedPort.open(made.executor, listener, {
        standInOn: (accepting) => new StandIn(handler, accepting, drainTimeoutMs),
        firstCallers: callers.served(),
      });
    }
    // Who waited for the port is not to wait for what only callers of `server.app` need.
    if (early === undefined) await callers.served();
    app = early ?? (await appOver<S>(made));
    answer = app.node();
  } catch (error) {
    made?.following?.stop();
    listener?.force();
    await listener?.drain(0);
    await made?.executor.close();
    own?.close();
    throw error;
  }
  const stopReloading = options.reload === true ? await startReloading(app, options, logger) : undefined;
  const onDrain = (): void => {
    isDraining = true;
    made?.following?.stop();
    void stopReloading?.();
  };
  const listening = new Listening(app, door, urlOf(host, door.port), {
    drainTimeoutMs,
    onDrain,
    onClosed: () => {
      requests.end();
      own?.close();
    },
    executor: made.executor,
    ownsProcess: options.handleSignals !== false,
  });
  requests.started(listening);
  if (logger && options.banner !== false) announce(logger, app.spec, listening.url, plan as WorkersPlan);
  own?.open();
  return listening;
}

/** Loads what watches files, of which most servers have no use. */
async function startReloading(app: BentoApp, { entry }: ServeOptions, logger: Logger | undefined): Promise<() => Promise<void>> {
  const { reloadOnChange } = await import("./reload/reloader.js");
  return reloadOnChange({ app, entry: String(entry), logger });
}

/** An address that stands for all of them cannot be asked; this machine's own can. */
function urlOf(host: string, port: number): string {
  const name = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "[::1]" : host.includes(":") ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

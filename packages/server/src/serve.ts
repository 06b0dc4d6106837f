import { BentoError } from "@bento/core";
import type { ServiceClass } from "@bento/sdk";

import type { BentoApp } from "./bento-app.js";
import { inertExecutor, inertServer, inertService } from "./entry/inert.js";
import { loadTarget } from "./entry/load-target.js";
import { isQuietLoad, quietLoad } from "./entry/quiet-load.js";
import { buildApp } from "./create-app.js";
import type { Executor } from "./executor/executor.js";
import { makeHostGuard } from "./http/host-guard.js";
import type { Logger } from "./http/log.js";
import { freePort, HttpListener } from "./http-listener.js";
import { announce } from "./listen-banner.js";
import { defaultLogger, type FlushableLogger } from "./logger.js";
import { longestTimerMs } from "./limits.js";
import { checkInteger, type ServeOptions } from "./options.js";
import { crossingOptions, obstacleToSharing } from "./shared-port/crossing-options.js";
import { SharedPort } from "./shared-port/shared-port.js";
import { onStopSignals } from "./stop-signals.js";
import type { WorkersPlan } from "./workers/plan.js";

const defaultPort = 3000;
const defaultHost = "127.0.0.1";
/** With what workers get after it (12 seconds by default), less than the 30 that Kubernetes and others give a container. */
const defaultDrainMs = 15_000;

/** A listening server; see {@link serve}. */
export interface BentoServer<S = unknown> extends AsyncDisposable {
  /** Where it is to be asked: `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly port: number;
  /**
   * The service without a socket, in the same workers. Routes that are added to it are served on the port as well, unless
   * workers share that: then requests do not come through this process.
   */
  readonly app: BentoApp<S>;
  /** Resolves when the server is closed, whoever closed it. @throws BENTO_CRASH_LOOP when it gave up on its workers */
  readonly closed: Promise<void>;
  /**
   * Drains and closes: `/readyz` turns 503, nothing new is accepted, requests in flight finish within `drainTimeoutMs`,
   * then the shutdown hooks run. Once, however often it is called.
   */
  close(): Promise<void>;
}

/**
 * Serves a service over HTTP, on this machine only unless `host` says otherwise.
 *
 * Resolves when it listens: models are pinned and start-up hooks run by then. SIGTERM and SIGINT drain it; a second one
 * ends the process at once.
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
 * @throws whatever {@link createApp} does
 */
export function serve<S extends object>(service: ServiceClass<S>, options?: ServeOptions): Promise<BentoServer<S>>;
export function serve<S extends object = object>(target: string, options?: ServeOptions): Promise<BentoServer<S>>;
export async function serve<S extends object>(what: ServiceClass<S> | string, options: ServeOptions = {}): Promise<BentoServer<S>> {
  if (typeof what !== "string") return serveClass(what, options);
  if (quietLoad() !== undefined) return serveClass(inertService as unknown as ServiceClass<S>, options);
  const { service, entry } = await loadTarget(what);
  return serveClass(service as ServiceClass<S>, { ...options, entry });
}

async function serveClass<S extends object>(service: ServiceClass<S>, options: ServeOptions): Promise<BentoServer<S>> {
  if (isQuietLoad(service)) return inertServer(await buildApp(service, options, { executor: inertExecutor }), options);
  const port = checkInteger("port", options.port ?? defaultPort, 0, 65_535);
  const host = options.host ?? defaultHost;
  const drainTimeoutMs = checkInteger("drainTimeoutMs", options.drainTimeoutMs ?? defaultDrainMs, 0, longestTimerMs);
  const own = options.logger === undefined ? defaultLogger() : undefined;
  const logger = options.logger ?? own;
  const guard = makeHostGuard({
    boundHost: host,
    allowedHosts: options.allowedHosts ?? [],
    allowsOrigins: options.cors !== undefined && options.cors !== false,
  });
  let isDraining = false;
  let plan: WorkersPlan | undefined;
  let executor: Executor | undefined;
  let app: BentoApp<S> | undefined;
  let door: Door;
  const sharedPort = new SharedPort({
    address: { host, port },
    app: crossingOptions(options),
    drainTimeoutMs,
    obstacle: obstacleToSharing(options),
  });
  try {
    // Nobody is to wait for models and workers only to hear then that they cannot be reached.
    await freePort({ host, port });
    app = await buildApp(
      service,
      { accessLog: true, ...options, logger },
      {
        guard,
        isDraining: () => isDraining,
        graceMs: drainTimeoutMs,
        sharedPort,
        reload: options.reload === true,
        jointMetrics: sharedPort.metrics,
        onPlan: (made) => (plan = made),
        onExecutor: (started) => (executor = started),
      },
    );
    door = sharedPort.isOpen ? sharedPort : await HttpListener.open(app.node(), { host, port });
    sharedPort.standInWith(app.node());
  } catch (error) {
    await app?.close();
    own?.close();
    throw error;
  }
  const stopReloading = options.reload === true ? await startReloading(app, options, logger) : undefined;
  const onDrain = (): void => {
    isDraining = true;
    void stopReloading?.();
  };
  const ownsProcess = options.handleSignals !== false;
  const listening = new Listening(app, door, urlOf(host, door.port), {
    drainTimeoutMs,
    own,
    onDrain,
    executor: executor as Executor,
    ownsProcess,
  });
  if (ownsProcess) listening.stopsOnSignals();
  if (options.signal) listening.stopsOn(options.signal);
  if (logger && options.banner !== false) announce(logger, app.spec, listening.url, plan as WorkersPlan);
  own?.flush();
  return listening;
}

/** Loads what watches files, of which most servers have no use. */
async function startReloading(app: BentoApp<unknown>, { entry }: ServeOptions, logger: Logger | undefined): Promise<() => Promise<void>> {
  const { reloadOnChange } = await import("./reload/reloader.js");
  return reloadOnChange({ app, entry: String(entry), logger });
}

/** What takes connections. */
interface Door {
  readonly port: number;
  /** Takes nothing new; resolves when every answer has left, at the latest after the time. */
  drain(timeoutMs: number): Promise<void>;
  /** Breaks every connection off. */
  force(): void;
}

interface ListeningOptions {
  readonly drainTimeoutMs: number;
  /** The logger to close at the end, where it is the server's own. */
  readonly own: FlushableLogger | undefined;
  readonly onDrain: () => void;
  readonly executor: Executor;
  /** Whether the process is there for the server alone: then its signals and its exit code are the server's. */
  readonly ownsProcess: boolean;
}

class Listening<S> implements BentoServer<S> {
  readonly app: BentoApp<S>;
  readonly url: string;
  readonly port: number;
  readonly closed: Promise<void>;
  readonly #door: Door;
  readonly #options: ListeningOptions;
  readonly #onClosed: (() => void)[] = [];
  #settleClosed!: (closing: Promise<void>) => void;
  #closing: Promise<void> | undefined;

  constructor(app: BentoApp<S>, door: Door, url: string, options: ListeningOptions) {
    this.app = app;
    this.url = url;
    this.port = door.port;
    this.#door = door;
    this.#options = options;
    this.closed = new Promise((resolve) => (this.#settleClosed = resolve));
    // Whoever calls close() hears of a failure; somebody who only waits for the end must not be made to.
    this.closed.catch(() => undefined);
    void options.executor.hopeless?.then((error) => this.#giveUp(error));
  }

  close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = this.#drain();
      this.#settleClosed(this.#closing);
    }
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Breaks every connection off; what waits for requests in flight goes on. */
  force(): void {
    this.#door.force();
  }

  stopsOnSignals(): void {
    const stop = onStopSignals(
      () => this.close(),
      () => {
        this.force();
        this.#options.executor.kill?.();
      },
    );
    this.#onClosed.push(stop);
  }

  stopsOn(signal: AbortSignal): void {
    const stop = () => void this.close().catch(() => undefined);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    this.#onClosed.push(() => signal.removeEventListener("abort", stop));
  }

  /** Nothing would be answered any more: whoever watches the process is to see it fail. */
  #giveUp(reason: BentoError): void {
    if (this.#closing) return;
    this.#closing = this.#fail(reason);
    this.#closing.catch(() => undefined);
    this.#settleClosed(this.#closing);
  }

  async #fail(reason: BentoError): Promise<never> {
    await this.#drain();
    throw reason;
  }

  async #drain(): Promise<void> {
    const { drainTimeoutMs, own, onDrain, executor, ownsProcess } = this.#options;
    if (ownsProcess && BentoError.is(executor.trouble, "BENTO_CRASH_LOOP")) process.exitCode = 1;
    onDrain();
    try {
      await this.#door.drain(drainTimeoutMs);
      await this.app.close();
    } finally {
      for (const done of this.#onClosed) done();
      own?.close();
    }
  }
}

/** An address that stands for all of them cannot be asked; this machine's own can. */
function urlOf(host: string, port: number): string {
  const name = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "[::1]" : host.includes(":") ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

import type { ServiceDocument } from "@bento/client";
import type { WorkerInfo } from "@bento/core";
import type { ServiceClass, ServiceSpec } from "@bento/sdk";
import { construct, resolveModels, specOf, workersOf } from "@bento/sdk/runtime";

import type { BentoApp, BentoAppParts } from "./bento-app.js";
import { documentApis, schemaDocument } from "./docs/schema-document.js";
import { availableCores } from "./devices/cores.js";
import { openSupply } from "./devices/supply.js";
import { inertExecutor, inertService } from "./entry/inert.js";
import { loadTarget } from "./entry/load-target.js";
import { isQuietLoad, quietLoad } from "./entry/quiet-load.js";
import type { Executor } from "./executor/executor.js";
import { hookTimes, runHooks } from "./executor/hooks.js";
import { type ApiDocument, InProcessExecutor } from "./executor/in-process.js";
import { outlineOf, type ServiceOutline } from "./executor/outline.js";
import { Admission } from "./http/admission.js";
import { makeAuthenticator } from "./http/auth.js";
import { defaultMaxBodyBytes } from "./http/body-limit.js";
import { Deadlines } from "./http/deadlines.js";
import type { Guard } from "./http/host-guard.js";
import { logFailure } from "./http/log.js";
import type { JointMetrics } from "./http/joint-metrics.js";
import { Metrics } from "./http/metrics.js";
import { Pipeline } from "./http/pipeline.js";
import { type AppOptions, checkInteger, checkSeconds, drainTimeOf } from "./options.js";
import { addRoutes } from "./routes.js";
import type { SharedPort } from "./shared-port/shared-port.js";
import { unlessAborted } from "./unless-aborted.js";
import { asksForDevices, planWorkers, type WorkersPlan } from "./workers/plan.js";
import { startPool } from "./workers/start-pool.js";

/**
 * A service as a Hono app, ready to be called: models pinned, start-up hooks run.
 *
 * Touches no environment, listens to nothing and is silent unless it is given a `logger`.
 *
 * ```ts
 * await using app = await createApp(Digits, { store });
 * const response = await app.request("/classify", { method: "POST", body: JSON.stringify({ images }) });
 * ```
 *
 * A service can also be named by its file, as `serve("./service.ts:Digits")` does.
 * @throws BENTO_ENTRY_INVALID for a file that is not there, does not compile, or holds no such service
 * @throws BENTO_SERVICE_INVALID when the class is no service, or a hook of its start fails
 * @throws BENTO_MODEL_NOT_FOUND when a declared model cannot be had
 * @throws BENTO_CONFIG_INVALID for options that cannot work
 */
export function createApp<S extends object>(service: ServiceClass<S>, options?: AppOptions): Promise<BentoApp<S>>;
export function createApp<S extends object = object>(target: string, options?: AppOptions): Promise<BentoApp<S>>;
export async function createApp<S extends object>(what: ServiceClass<S> | string, options: AppOptions = {}): Promise<BentoApp<S>> {
  // Whatever it says of workers and GPUs, a service runs in the program that creates it, unless that asks for workers.
  const mayStartWorkers = options.workers !== undefined || options.entry !== undefined;
  if (typeof what !== "string") return appOf(what, options, mayStartWorkers);
  if (quietLoad() !== undefined) return appOf(inertService as unknown as ServiceClass<S>, options, mayStartWorkers);
  const { service, entry } = await loadTarget(what);
  return appOf(service as ServiceClass<S>, { ...options, entry }, mayStartWorkers);
}

function appOf<S extends object>(service: ServiceClass<S>, options: AppOptions, mayStartWorkers: boolean): Promise<BentoApp<S>> {
  return buildApp(service, options, isQuietLoad(service) ? { executor: inertExecutor } : { mayStartWorkers });
}

/** What calls get that came through no connection, once all of those are closed. Milliseconds. */
const afterDrainMs = 1000;

/** What `serve()` adds to an app. */
export interface ListenerParts {
  readonly guard?: Guard;
  /** Whether the server is draining. */
  readonly isDraining?: () => boolean;
  /** Whether connections shall end after their next answer. @default while draining */
  readonly isClosing?: () => boolean;
  /** Milliseconds that workers get to finish. */
  readonly graceMs?: number;
  /** Told what takes the calls. */
  readonly onExecutor?: (executor: Executor) => void;
  /** Takes the calls, in place of what the service would be started in. */
  readonly executor?: Executor;
  /** The port that workers take connections on by themselves, if they are to; `undefined`: nothing listens here. */
  readonly sharedPort?: SharedPort;
  /** Aborted when the start is to be given up. */
  readonly starting?: AbortSignal;
  /** Whether the workers are to be replaced whenever a file changes. @default false */
  readonly reload?: boolean;
  /** Whether the service may have processes of its own. @default true */
  readonly mayStartWorkers?: boolean;
  /** Told how the service is going to run. */
  readonly onPlan?: (plan: WorkersPlan) => void;
  /** Who this process is, where it is a worker that answers by itself. */
  readonly worker?: WorkerInfo;
  /** The metrics that those of this app are a part of. */
  readonly jointMetrics?: JointMetrics;
}

/** {@link createApp}, with what only a listening server has. */
export async function buildApp<S extends object>(
  service: ServiceClass<S>,
  options: AppOptions,
  parts: ListenerParts,
): Promise<BentoApp<S>> {
  // Hono is loaded while the service starts: importing it first would hold up the start of every worker.
  const [made, { BentoApp: App }] = await Promise.all([buildAppParts(service, options, parts), import("./bento-app.js")]);
  return new App<S>(made);
}

/** What an app is made of: its service has started, and its routes are there. */
export async function buildAppParts(service: ServiceClass, options: AppOptions, parts: ListenerParts): Promise<BentoAppParts> {
  const { guard, isDraining = () => false, isClosing = isDraining, worker, jointMetrics } = parts;
  const spec = limitedBy(specOf(service), options.timeout);
  const { logger, version = "not available", accessLog = false } = options;
  const maxBodyBytes = checkInteger("maxBodyBytes", options.maxBodyBytes ?? defaultMaxBodyBytes, 0, Number.MAX_SAFE_INTEGER);
  // By the time that a server closes its app, its connections have had theirs.
  const drainTimeoutMs = Math.min(drainTimeOf(options), parts.graceMs === undefined ? Infinity : afterDrainMs);
  const authenticate = options.auth && makeAuthenticator(options.auth);
  const failing = new AbortController();
  // Workers start without them; who calls the service needs them.
  const documents = documentApis(spec);
  documents.catch((error: unknown) => failing.abort(error));
  const starting = AbortSignal.any(parts.starting === undefined ? [failing.signal] : [failing.signal, parts.starting]);
  const metrics = options.metrics === false ? undefined : new Metrics({ service: spec.name, version });
  if (metrics) jointMetrics?.join(metrics);
  const deadlines = new Deadlines(spec.traffic.timeoutMs);
  const pipeline = new Pipeline({ service: spec.name, metrics, authenticate, guard, deadlines, logger, accessLog, worker });
  const executor = parts.executor ?? (await startExecutor(spec, documents, options, { ...parts, starting }));
  parts.onExecutor?.(executor);
  const open = (outline: ServiceOutline): void => {
    const { traffic } = limitedBy(outline, options.timeout);
    addRoutes(pipeline, {
      service: outline,
      metrics,
      metricsText: async () => (jointMetrics ?? metrics)?.text() ?? "",
      version,
      hasAuth: authenticate !== undefined,
      hasDocs: options.docs !== false,
      isReady: () => executor.isReady && !isDraining(),
      trouble: () => executor.trouble,
      endpoints: {
        executor,
        maxBodyBytes,
        admission: new Admission(traffic.maxConcurrency, worker?.count),
        deadlines: new Deadlines(traffic.timeoutMs),
        onLateError: (call, error) => logger && logFailure(logger, call, error),
      },
    });
  };
  try {
    const outline = outlineOf(spec, await documents);
    open(outline);
    return {
      spec,
      pipeline,
      executor,
      metrics,
      cors: options.cors ?? false,
      document: schemaDocument(outline) as ServiceDocument,
      isClosing,
      drainTimeoutMs,
      onReload: (reloaded) => {
        pipeline.clear();
        open(reloaded);
      },
    };
  } catch (error) {
    if (parts.executor === undefined) await executor.close();
    throw error;
  }
}

/** A service with another time limit, where one is given. */
function limitedBy<S extends Pick<ServiceSpec, "traffic">>(spec: S, timeout: number | undefined): S {
  if (timeout === undefined) return spec;
  const timeoutMs = checkSeconds("timeout", timeout) * 1000;
  return { ...spec, traffic: { ...spec.traffic, timeoutMs } };
}

/** Starts a service where its plan says. */
async function startExecutor(
  spec: ServiceSpec,
  documents: Promise<ReadonlyMap<string, ApiDocument>>,
  options: AppOptions,
  { graceMs, sharedPort, starting, onPlan, reload, mayStartWorkers }: ListenerParts,
): Promise<Executor> {
  const { logger } = options;
  const workers = workersOf(`serve() of ${spec.name}`, options.workers);
  const wishes = { ...options, workers, reload, mayStartWorkers };
  const supply = await openSupply(asksForDevices(spec, wishes));
  const cores = availableCores();
  const obstacleToSharing = sharedPort === undefined ? "this program listens on none." : sharedPort.obstacle;
  const plan = planWorkers(spec, wishes, { cores, supply, obstacleToSharing });
  try {
    onPlan?.(plan);
    for (const note of plan.notes) logger?.warn({ service: spec.name }, note);
    if (plan.mode === "in-process") return await startService(spec, await documents, options, starting);
    const port = plan.mode === "shared-port" ? sharedPort : undefined;
    return await startPool({ spec, plan, options, cores, logger, graceMs, sharedPort: port, reload, starting });
  } catch (error) {
    plan.release();
    throw error;
  }
}

/** An instance behind an executor: constructed, its models pinned, its hooks run. What a failing start opened is closed. */
async function startService(
  spec: ServiceSpec,
  documents: ReadonlyMap<string, ApiDocument>,
  options: AppOptions,
  starting: AbortSignal | undefined,
): Promise<InProcessExecutor> {
  const { instance, binding, models } = construct(spec, { store: options.store });
  await unlessAborted(resolveModels({ models, binding }), starting);
  const { startTimeoutMs: timeoutMs, shutdownTimeoutMs } = hookTimes(options);
  const run = { service: spec.name, binding, timeoutMs, starting, shutdownTimeoutMs };
  await runHooks("deployment", spec.deployment, { ...run, instance: undefined });
  const executor = new InProcessExecutor({ spec, instance, binding, documents }, shutdownTimeoutMs);
  try {
    await runHooks("startup", spec.startup, { ...run, instance });
  } catch (failure) {
    // The failure of the start is what there is to tell; what fails after it is its consequence.
    await executor.close().catch(() => undefined);
    throw failure;
  }
  return executor;
}

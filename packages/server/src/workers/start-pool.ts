import { BentoError } from "@bento/core";
import type { PullWatch, ServiceSpec } from "@bento/sdk";
import { createBinding, resolveModels, staticModels } from "@bento/sdk/runtime";
import type { ModelStore } from "@bento/store";

import { workerEnv } from "../devices/worker-env.js";
import type { StartedService } from "../executor/executor.js";
import { hookTimes, runHooks } from "../executor/hooks.js";
import { type PoolBatching, PoolExecutor } from "../executor/pool.js";
import type { Logger } from "../http/log.js";
import { longestTimerMs } from "../limits.js";
import { type AppOptions, checkInteger, type WorkersOptions } from "../options.js";
import { unlessAborted } from "../unless-aborted.js";
import type { SharedPort } from "../shared-port/shared-port.js";
import type { ServiceEntry } from "./messages.js";
import { heldModels, modelTags, usedModels } from "./model-cells.js";
import { ModelPins, type ObtainModel } from "./model-pins.js";
import type { PlannedWorker, WorkersPlan } from "./plan.js";
import { hasDeathSignal } from "./death-signal.js";
import { openTransport, type Transport } from "./transport.js";
import { WorkerBatches } from "./worker-batches.js";
import { WorkerMeasures } from "./worker-measures.js";
import { WorkerProcess } from "./worker-process.js";
import { WorkerSet, type WorkerTimes } from "./worker-set.js";
import type { WorkerPlace } from "./worker-slot.js";

const defaultHangTimeoutMs = 30_000;

/** What a pool is made of. */
export interface PoolParts {
  readonly spec: ServiceSpec;
  readonly plan: WorkersPlan;
  readonly options: WorkersOptions & Pick<AppOptions, "store" | "timeout">;
  readonly cores: number;
  readonly logger: Logger | undefined;
  /** Milliseconds that requests in flight get to finish, besides the time that each may take. */
  readonly graceMs?: number | undefined;
  /** The port that the workers answer on by themselves, where they do. */
  readonly sharedPort?: SharedPort | undefined;
  /** Whether what the workers die of may be mended by a change of a file: then they are never given up. @default false */
  readonly reload?: boolean | undefined;
  /** Aborted when the start is to be given up. */
  readonly starting?: AbortSignal | undefined;
  /** Who is told of models that are fetched. */
  readonly watch?: PullWatch | undefined;
  /** See `StartParts`. */
  readonly prepare: () => Promise<unknown>;
}

/**
 * A pool whose workers are all ready, and what they say the service is. The deployment hooks, which run once before all of them, run here.
 * @throws BENTO_CONFIG_INVALID without an entry, or with a store that only this process sees; what stopped a worker's start
 */
export async function startPool(parts: PoolParts): Promise<StartedService> {
  const { spec, plan, options, logger, sharedPort, reload = false, starting, prepare } = parts;
  const entry = entryOf(spec, options.entry);
  const home = homeOf(options.store);
  const { startTimeoutMs } = hookTimes(options);
  checkRules(options);
  const pins = new ModelPins(options.store, obtaining(parts));
  if (spec.deployment.length > 0) {
    await prepare();
    await deploy(parts, pins, startTimeoutMs);
  }
  const isWatched = await hasDeathSignal();
  const transport = sharedPort?.transport ?? (await openTransport());
  const batches = new WorkerBatches();
  // Workers that take connections by themselves tell it with all else that they count.
  const measures = sharedPort === undefined ? new WorkerMeasures() : undefined;
  const signatures = options.store === undefined ? {} : await (await import("./signature-env.js")).signatureEnv(options.store);
  const around = { entry, home, signatures, transport, isWatched, pins, batches, measures };
  const start = ({ index }: WorkerPlace, onlyLoads: boolean): WorkerProcess =>
    startWorker(parts, plan.workers[index - 1] as PlannedWorker, { ...around, onlyLoads });
  const workers = new WorkerSet({
    service: spec.name,
    places: plan.workers,
    start: (place) => start(place, false),
    rehearse: (place) => start(place, true),
    restart: options.restart,
    recycle: options.recycle,
    timesOf: (service: Pick<ServiceSpec, "traffic"> = spec) => timesOf(parts, options.timeout === undefined ? service : spec),
    logger,
    // Where workers take connections themselves, their callers are still there.
    closingFinishMs: sharedPort && (() => sharedPort.drainMsLeft()),
    onChange: () => {
      executor.changed();
      sharedPort?.announce();
    },
    onHopeless: reload ? undefined : (error) => executor.giveUp(error),
  });
  const executor = new PoolExecutor(workers, transport, pins, { ...batchingOf(spec, batches, logger), measures }, plan.release);
  try {
    const [outline] = await unlessAborted(Promise.all([workers.start(), prepare()]), starting);
    await executor.serve(outline);
    return { executor, outline };
  } catch (error) {
    await workers.stop(0).catch(() => undefined);
    await transport[Symbol.asyncDispose]();
    throw error;
  }
}

/** Policies are functions, which no worker can tell: those of the class that is known here. */
function batchingOf({ name, apis }: ServiceSpec, batches: WorkerBatches, logger: Logger | undefined): Omit<PoolBatching, "measures"> {
  return {
    policyOf: (wanted) => apis.find((api) => api.name === wanted)?.batch?.policy,
    inWorkers: () => batches.figures(),
    onOverruled: (error) => logger?.warn({ service: name, hint: error.hint }, error.message),
  };
}

/** Runs the deployment hooks, when the models are there that are known without an instance; the workers serve the same. */
async function deploy({ spec, options, starting, watch }: PoolParts, pins: ModelPins, timeoutMs: number): Promise<void> {
  const binding = createBinding(options.store, watch);
  const models = staticModels(spec);
  await unlessAborted(resolveModels({ models, binding }), starting);
  const used = { ...usedModels(binding, modelTags(models)), ...(await heldModels({ models, binding })) };
  await pins.of(Object.keys(used), used);
  await runHooks("deployment", spec.deployment, { service: spec.name, instance: undefined, binding, timeoutMs, starting });
}

/** What is not in the store is fetched here, for all workers; most services never load what does that. */
function obtaining({ options, watch }: PoolParts): ObtainModel {
  return async (tag, wish) => (await import("./obtain-model.js")).obtainModel(tag, wish, createBinding(options.store, watch));
}

/** @throws BENTO_CONFIG_INVALID for rules that no timer can keep */
function checkRules({ hangTimeoutMs, restart, recycle }: WorkersOptions): void {
  const rules = { hangTimeoutMs, ...prefixed("restart", restart), ...prefixed("recycle", recycle) };
  for (const [name, value] of Object.entries(rules)) {
    const most = name.startsWith("recycle") ? Number.MAX_SAFE_INTEGER : longestTimerMs;
    if (value !== undefined) checkInteger(name, value, 1, most);
  }
}

function prefixed(prefix: string, rules: object = {}): Readonly<Record<string, number | undefined>> {
  return Object.fromEntries(Object.entries(rules).map(([name, value]) => [`${prefix}.${name}`, value as number | undefined]));
}

interface Surroundings {
  readonly entry: ServiceEntry;
  readonly home: string | undefined;
  /** Variables that hold its models to the signatures that the given store asks for. */
  readonly signatures: Readonly<Record<string, string>>;
  readonly transport: Transport;
  /** Whether the system ends the workers when this process dies. */
  readonly isWatched: boolean;
  readonly pins: ModelPins;
  readonly batches: WorkerBatches;
  readonly measures: WorkerMeasures | undefined;
  /** Whether the process only loads the service, for which it needs no device. */
  readonly onlyLoads: boolean;
}

function timesOf({ options, graceMs = 0, sharedPort }: PoolParts, { traffic }: Pick<ServiceSpec, "traffic">): WorkerTimes {
  const { hangTimeoutMs = defaultHangTimeoutMs } = options;
  const callTimeoutMs = traffic.timeoutMs;
  return {
    // What a worker that takes connections itself is at work on is not known here: it may be silent as long as any call may take.
    hangTimeoutMs: sharedPort === undefined ? hangTimeoutMs : Math.max(hangTimeoutMs, callTimeoutMs),
    callTimeoutMs,
    finishMs: Math.min(callTimeoutMs + graceMs, longestTimerMs),
  };
}

function startWorker({ spec, plan, options, cores, sharedPort }: PoolParts, worker: PlannedWorker, around: Surroundings): WorkerProcess {
  const { entry, home, signatures, transport, isWatched, pins, batches, measures, onlyLoads } = around;
  const count = plan.workers.length;
  const { index, devices, deviceEnv, hidingEnv = deviceEnv } = worker;
  const { startTimeoutMs, shutdownTimeoutMs } = hookTimes(options);
  const name = `${spec.name}[${index}]`;
  const env = workerEnv({ env: { ...process.env, ...signatures }, deviceEnv: onlyLoads ? hidingEnv : deviceEnv, cores, workers: count });
  const started: WorkerProcess = new WorkerProcess({
    name,
    init: { entry, home, worker: { index, count, devices: devices ?? [] }, pins: pins.known, shutdownTimeoutMs, onlyLoads },
    connect: () => transport.connect({ name, env, isWatched, execArgv: options.execArgv ?? inheritedArgv(process.execArgv) }),
    pin: async ({ tags, found, wishes }) => ({ pins: await pins.of(tags, found, wishes), ...pins.failuresOf(tags) }),
    startTimeoutMs,
    admit: () => (onlyLoads ? undefined : sharedPort?.admit(started)),
    onBatches: (figures) => batches.take(started, figures),
    onMeasures: (figures) => measures?.take(started, figures),
    onNotice: (notice) => sharedPort?.take(started, notice),
    onDisconnect: () => {
      batches.end(started);
      measures?.end(started);
      sharedPort?.forget(started);
    },
  });
  sharedPort?.add(started);
  return started;
}

/** What starts an inspector would want the same port again; what runs other code or watches files is the program's own. */
const ownArgs = /^--(?:inspect|debug|eval|print|test|watch|check|interactive|run)|^-(?:c|e|i|p|pe)$/;

/** The options of `node` that a worker takes over: loaders, conditions, limits of memory. */
function inheritedArgv(argv: readonly string[]): readonly string[] {
  return argv.filter((arg, at) => !ownArgs.test(arg) && !/^(?:-e|-p|-pe|--eval|--print)$/.test(argv[at - 1] ?? ""));
}

function entryOf(spec: ServiceSpec, entry: string | URL | undefined): ServiceEntry {
  if (entry === undefined) {
    throw new BentoError("BENTO_CONFIG_INVALID", `The service ${spec.name} is to run in worker processes, which do not know where it is.`, {
      hint: `Say which module exports it: serve(${spec.target.name}, { entry: import.meta.url }), or serve("./service.ts:${spec.target.name}").`,
    });
  }
  const url = String(entry);
  if (!URL.canParse(url) || new URL(url).protocol !== "file:") {
    throw new BentoError("BENTO_CONFIG_INVALID", `The entry ${JSON.stringify(url)} of the service ${spec.name} is no file: URL.`, {
      hint: "Give import.meta.url, or a path to pathToFileURL of node:url.",
    });
  }
  return { url, exportName: undefined, serviceName: spec.name };
}

/** The home that workers open. @throws BENTO_CONFIG_INVALID for a store that only this process sees */
function homeOf(store: ModelStore | undefined): string | undefined {
  if (store === undefined) return undefined;
  if (store.shared) return store.location;
  throw new BentoError("BENTO_CONFIG_INVALID", `Worker processes cannot see the models of the store ${JSON.stringify(store.location)}.`, {
    hint: "Use a FileModelStore, or one worker, which runs in this process.",
  });
}

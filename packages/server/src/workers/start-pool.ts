import { BentoError, Tag } from "@bento/core";
import type { ServiceSpec } from "@bento/sdk";
import type { ModelStore } from "@bento/store";

import { workerEnv } from "../devices/worker-env.js";
import { PoolExecutor } from "../executor/pool.js";
import type { Logger } from "../http/log.js";
import type { WorkersOptions } from "../options.js";
import type { ServiceEntry } from "./messages.js";
import type { PlannedWorker, WorkersPlan } from "./plan.js";
import { openTransport, type Transport } from "./transport.js";
import { WorkerProcess } from "./worker-process.js";
import { WorkerSet } from "./worker-set.js";

const defaultStartTimeoutMs = 300_000;
const defaultHangTimeoutMs = 30_000;
const defaultGraceMs = 30_000;

/** What a pool is made of. */
export interface PoolParts {
  readonly spec: ServiceSpec;
  readonly plan: WorkersPlan;
  readonly options: WorkersOptions & { readonly store?: ModelStore | undefined };
  readonly cores: number;
  readonly logger: Logger | undefined;
  /** Milliseconds that a worker gets for its calls in flight and its shutdown hooks. */
  readonly graceMs?: number | undefined;
}

/**
 * An executor whose workers are all ready.
 * @throws BENTO_CONFIG_INVALID without an entry, or with a store that only this process sees; what stopped a worker's start
 */
export async function startPool(parts: PoolParts): Promise<PoolExecutor> {
  const { spec, plan, options, logger, graceMs = defaultGraceMs } = parts;
  const entry = entryOf(spec, options.entry);
  const home = homeOf(options.store);
  const transport = await openTransport();
  const pins = new ModelPins(options.store);
  const workers = new WorkerSet({
    service: spec.name,
    places: plan.workers,
    start: (place) => startWorker(parts, plan.workers[place.index - 1] as PlannedWorker, { entry, home, transport, pins }),
    recycle: options.recycle,
    hangTimeoutMs: options.hangTimeoutMs ?? defaultHangTimeoutMs,
    callTimeoutMs: spec.traffic.timeoutMs,
    graceMs,
    logger,
    onChange: () => executor.changed(),
  });
  const executor = new PoolExecutor(workers, transport);
  try {
    await workers.start();
  } catch (error) {
    await transport[Symbol.asyncDispose]();
    throw error;
  }
  return executor;
}

interface Surroundings {
  readonly entry: ServiceEntry;
  readonly home: string | undefined;
  readonly transport: Transport;
  readonly pins: ModelPins;
}

function startWorker({ spec, plan, options, cores }: PoolParts, worker: PlannedWorker, around: Surroundings): WorkerProcess {
  const { entry, home, transport, pins } = around;
  const count = plan.workers.length;
  const { index, devices, deviceEnv } = worker;
  const name = `${spec.name}[${index}]`;
  const env = workerEnv({ env: process.env, deviceEnv, cores, workers: count });
  return new WorkerProcess({
    name,
    init: { entry, home, worker: { index, count, devices: devices ?? [] } },
    connect: () => transport.connect({ name, env, execArgv: options.execArgv ?? inheritedArgv(process.execArgv) }),
    pin: (tags) => pins.of(tags),
    startTimeoutMs: options.startTimeoutMs ?? defaultStartTimeoutMs,
  });
}

/** What starts an inspector would want the same port again; what runs other code or watches files is the program's own. */
const ownArgs = /^--(?:inspect|debug|eval|print|test|watch|check|interactive|run)|^-(?:c|e|i|p|pe)$/;

/** The options of `node` that a worker takes over: loaders, conditions, limits of memory. */
function inheritedArgv(argv: readonly string[]): readonly string[] {
  return argv.filter((arg, at) => !ownArgs.test(arg) && !/^(?:-e|-p|-pe|--eval|--print)$/.test(argv[at - 1] ?? ""));
}

/** One exact version for each tag that was ever asked for, so that a worker which starts later serves the same. */
class ModelPins {
  readonly #store: ModelStore | undefined;
  readonly #pins = new Map<string, Promise<string | undefined>>();

  constructor(store: ModelStore | undefined) {
    this.#store = store;
  }

  async of(tags: readonly string[]): Promise<Readonly<Record<string, string>>> {
    const pinned = await Promise.all(tags.map(async (tag) => [tag, await this.#pin(tag)] as const));
    return Object.fromEntries(pinned.filter((entry): entry is [string, string] => entry[1] !== undefined));
  }

  #pin(tag: string): Promise<string | undefined> {
    const known = this.#pins.get(tag) ?? this.#look(tag);
    this.#pins.set(tag, known);
    return known;
  }

  /** What is not there is the worker's to complain of: it may be optional. It is looked for again next time. */
  async #look(tag: string): Promise<string | undefined> {
    try {
      const store = this.#store ?? (await import("@bento/store")).defaultStore();
      return (await store.get(Tag.parse(tag))).tag.toString();
    } catch (error) {
      this.#pins.delete(tag);
      if (BentoError.is(error, "BENTO_MODEL_NOT_FOUND")) return undefined;
      throw error;
    }
  }
}

function entryOf(spec: ServiceSpec, entry: string | URL | undefined): ServiceEntry {
  if (entry === undefined) {
    throw new BentoError("BENTO_CONFIG_INVALID", `The service ${spec.name} is to run in worker processes, which do not know where it is.`, {
      hint: `Say which module exports it: serve(${spec.target.name}, { entry: import.meta.url }).`,
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

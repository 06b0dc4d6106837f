import { BentoError } from "@bento/core";
import type { ServiceSpec } from "@bento/sdk";

import { type Assignment, assignNamed, shareOut } from "../devices/assign.js";
import type { Device, DeviceSupply } from "../devices/supply.js";

/**
 * Where a service runs.
 *
 * - `in-process`: here.
 * - `shared-port`: in processes that all answer on the same port, each connection on one of them.
 * - `pool`: in processes that get their calls from this one.
 */
export type ServeMode = "in-process" | "shared-port" | "pool";

/** What a caller of `serve()` or `createApp()` may say about workers. */
export interface WorkerPlanOptions {
  /** In place of what the service says. */
  readonly workers?: ServiceSpec["workers"];
  /** `"visible"` divides what the device variable names already; `"clamp"` makes do with fewer GPUs than were asked for. @default "auto" */
  readonly devices?: "auto" | "visible" | "clamp" | undefined;
  /** In place of what follows from everything else. */
  readonly mode?: ServeMode | undefined;
  /** Whether workers are to be replaced whenever a file changes. @default false */
  readonly reload?: boolean | undefined;
  /** Whether the service may have processes of its own if it needs them. @default true */
  readonly mayStartWorkers?: boolean | undefined;
}

/** What there is to plan with. */
export interface PlanParts {
  /** Cores of all workers together; may be a fraction. */
  readonly cores: number;
  /** Planned one after the other, each service gets what those before it left. */
  readonly supply: DeviceSupply;
  /** Why workers cannot take connections on one port by themselves: a sentence; `undefined` when they can. */
  readonly obstacleToSharing: string | undefined;
}

/** One worker. */
export interface PlannedWorker {
  /** From 1. */
  readonly index: number;
  /** The devices it is given, as its device variable names them; `undefined`: it sees what the server sees. */
  readonly devices: readonly string[] | undefined;
  /** What its environment must hold to see them and no others. */
  readonly deviceEnv: Readonly<Record<string, string>>;
  /** The same to see none at all, for a worker whose devices are its alone. */
  readonly hidingEnv?: Readonly<Record<string, string>>;
  /** Whether no other worker has any of its devices. */
  readonly isExclusive: boolean;
}

/** What became of a service's wishes. */
export interface WorkersPlan {
  readonly mode: ServeMode;
  readonly workers: readonly PlannedWorker[];
  /** What whoever starts the server should know. */
  readonly notes: readonly string[];
  /** Gives the devices back to this process; to be called when the workers are gone. */
  readonly release: () => void;
}

/** A service as far as the plan looks at it. */
export type PlannedService = Pick<ServiceSpec, "name" | "workers" | "resources">;

/** Whether the plan of a service looks at GPUs at all. Nobody waits for a driver where none are asked for. */
export function asksForDevices(service: PlannedService, options: WorkerPlanOptions): boolean {
  const { workers = service.workers } = options;
  if (isBoundHere(options) || workers === "cpu_count") return false;
  return typeof workers === "object" ? workers.some(({ gpus }) => gpus.length > 0) : service.resources.gpu !== undefined;
}

/**
 * How many workers there are, which devices each has, and where calls run. That is decided here and nowhere else, by the
 * first of these that fits:
 *
 * 1. Where the option says.
 * 2. In this process, if the service may have no other: in a program of somebody's own that asked for no workers.
 * 3. In a pool, if the workers are to be replaced when files change: a process loads a module only once.
 * 4. In this process, for one worker that sees what this process sees.
 * 5. On a shared port, for several workers that nothing sets apart, if nothing stands against it.
 * 6. In a pool.
 * @throws BENTO_DEVICE_UNAVAILABLE for more devices than there are; an index that does not exist is never made up
 * @throws BENTO_CONFIG_INVALID for a port that is to be shared and cannot be
 */
export function planWorkers(service: PlannedService, options: WorkerPlanOptions, parts: PlanParts): WorkersPlan {
  if (isBoundHere(options)) return inProcess;
  const { supply, obstacleToSharing } = parts;
  if (options.mode === "shared-port" && obstacleToSharing !== undefined) throw cannotShare(service, obstacleToSharing);
  const { lists, notes, lease } = assign(service, options, parts);
  const isPart = typeof (options.workers ?? service.workers) !== "object" && (service.resources.gpu ?? 1) < 1;
  const workers = lists.map((devices, at) => {
    const isExclusive = !isPart && isAlone(devices, [...lists.slice(0, at), ...lists.slice(at + 1)]);
    return {
      index: at + 1,
      devices: devices?.map(({ id }) => id),
      deviceEnv: devices === undefined ? {} : supply.envFor(devices),
      ...(isExclusive && { hidingEnv: supply.envFor([]) }),
      isExclusive,
    };
  });
  const release = (): void => {
    if (lease !== undefined) supply.ledger.release(lease);
  };
  return { mode: options.mode ?? modeOf(workers, options, parts), workers, notes, release };
}

/** Lines 1 and 2, for what is not asked of anybody then: which workers and devices there could be. */
function isBoundHere({ mode, mayStartWorkers = true }: WorkerPlanOptions): boolean {
  return mode === undefined ? !mayStartWorkers : mode === "in-process";
}

/** Lines 3 to 6. */
function modeOf(workers: readonly PlannedWorker[], { reload = false }: WorkerPlanOptions, { obstacleToSharing }: PlanParts): ServeMode {
  if (reload) return "pool";
  const [first, ...others] = workers.map(({ devices }) => devices?.join(","));
  if (others.length === 0) return first === undefined ? "in-process" : "pool";
  return obstacleToSharing === undefined && others.every((devices) => devices === first) ? "shared-port" : "pool";
}

/** One worker, here: it is not pinned, since this process and its environment are not the service's alone. */
const inProcess: WorkersPlan = {
  mode: "in-process",
  workers: [{ index: 1, devices: undefined, deviceEnv: {}, isExclusive: false }],
  notes: [],
  release: () => undefined,
};

function assign(service: PlannedService, options: WorkerPlanOptions, { cores, supply }: PlanParts): Assignment {
  const wanted = options.workers ?? service.workers ?? 1;
  const request = { service: service.name, clamp: options.devices === "clamp" };
  if (typeof wanted === "object") {
    const named = wanted.map(({ gpus }) => gpus);
    return assignNamed(supply, request, named);
  }
  // Of `resources.cpu` nothing follows: it is for where the service is deployed, and comes back from there as a quota.
  const count = wanted === "cpu_count" ? Math.max(1, Math.floor(cores)) : wanted;
  const { gpu } = service.resources;
  const isOff = options.devices === "visible" && supply.preset !== undefined ? false : supply.isDisabled || supply.preset !== undefined;
  if (gpu === undefined || wanted === "cpu_count" || isOff) {
    return { lists: Array.from({ length: count }, () => undefined), notes: [], lease: undefined };
  }
  return shareOut(supply, request, count, gpu);
}

function isAlone(devices: readonly Device[] | undefined, others: Assignment["lists"]): boolean {
  if (devices === undefined || devices.length === 0) return false;
  const elsewhere = new Set(others.flatMap((list) => list ?? []).map(({ key }) => key));
  return devices.every(({ key }) => !elsewhere.has(key));
}

function cannotShare(service: PlannedService, obstacle: string): BentoError {
  return new BentoError("BENTO_CONFIG_INVALID", `The workers of ${service.name} cannot share a port: ${obstacle}`, {
    hint: 'Leave the option mode out, or set it to "pool".',
  });
}

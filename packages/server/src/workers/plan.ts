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
  /** In place of what workers and devices lead to. */
  readonly mode?: ServeMode | undefined;
}

/** What the machine has. */
export interface MachineParts {
  /** Cores of all workers together; may be a fraction. */
  readonly cores: number;
  /** One for all services that this process starts: planned one after the other, each gets what those before it left. */
  readonly supply: DeviceSupply;
  /** Whether this process owns the port, so that workers can share it. */
  readonly canSharePort: boolean;
}

/** One worker. */
export interface PlannedWorker {
  /** From 1. */
  readonly index: number;
  /** The devices it is given, as its device variable names them; `undefined`: it sees what the server sees. */
  readonly devices: readonly string[] | undefined;
  /** What its environment must hold to see them and no others. */
  readonly deviceEnv: Readonly<Record<string, string>>;
  /** Whether no other worker has any of its devices. */
  readonly isExclusive: boolean;
}

/** What became of a service's wishes. */
export interface WorkersPlan {
  readonly mode: ServeMode;
  readonly workers: readonly PlannedWorker[];
  /** What whoever starts the server should know. */
  readonly notes: readonly string[];
}

/** A service as far as the plan looks at it. */
export type PlannedService = Pick<ServiceSpec, "name" | "workers" | "resources">;

/** Whether the plan of a service looks at GPUs at all. Nobody waits for a driver where none are asked for. */
export function asksForDevices(service: PlannedService, { workers = service.workers, mode }: WorkerPlanOptions): boolean {
  if (mode === "in-process" || workers === "cpu_count") return false;
  return typeof workers === "object" ? workers.some(({ gpus }) => gpus.length > 0) : service.resources.gpu !== undefined;
}

/**
 * The one rule of how many workers there are, which devices each has, and how calls reach them.
 * @throws BENTO_DEVICE_UNAVAILABLE for more devices than there are; an index that does not exist is never made up
 * @throws BENTO_CONFIG_INVALID for a port that is to be shared and is not ours
 */
export function planWorkers(service: PlannedService, options: WorkerPlanOptions, machine: MachineParts): WorkersPlan {
  if (options.mode === "in-process") return inProcess;
  if (options.mode === "shared-port" && !machine.canSharePort) throw noPort(service);
  const { lists, notes } = assign(service, options, machine);
  const isPart = typeof (options.workers ?? service.workers) !== "object" && (service.resources.gpu ?? 1) < 1;
  const workers = lists.map((devices, at) => ({
    index: at + 1,
    devices: devices?.map(({ id }) => id),
    deviceEnv: devices === undefined ? {} : machine.supply.envFor(devices),
    isExclusive: !isPart && isAlone(devices, [...lists.slice(0, at), ...lists.slice(at + 1)]),
  }));
  return { mode: options.mode ?? modeFor(workers, machine), workers, notes };
}

/** One worker, here: it is not pinned, since this process and its environment are not the service's alone. */
const inProcess: WorkersPlan = {
  mode: "in-process",
  workers: [{ index: 1, devices: undefined, deviceEnv: {}, isExclusive: false }],
  notes: [],
};

function assign(service: PlannedService, options: WorkerPlanOptions, { cores, supply }: MachineParts): Assignment {
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
  if (gpu === undefined || wanted === "cpu_count" || isOff) return { lists: Array.from({ length: count }, () => undefined), notes: [] };
  return shareOut(supply, request, count, gpu);
}

/** Several workers that nothing sets apart can take connections themselves; everything else is given its calls from here. */
function modeFor(workers: readonly PlannedWorker[], { canSharePort }: MachineParts): ServeMode {
  const [first, ...others] = workers.map(({ devices }) => devices?.join(","));
  if (others.length === 0) return first === undefined ? "in-process" : "pool";
  return canSharePort && others.every((devices) => devices === first) ? "shared-port" : "pool";
}

function isAlone(devices: readonly Device[] | undefined, others: Assignment["lists"]): boolean {
  if (devices === undefined || devices.length === 0) return false;
  const elsewhere = new Set(others.flatMap((list) => list ?? []).map(({ key }) => key));
  return devices.every(({ key }) => !elsewhere.has(key));
}

function noPort(service: PlannedService): BentoError {
  return new BentoError(
    "BENTO_CONFIG_INVALID",
    `The workers of ${service.name} cannot share a port that this process does not listen on.`,
    {
      hint: 'Use serve(), or mode: "pool".',
    },
  );
}

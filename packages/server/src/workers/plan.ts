import { BentoError } from "@bento/core";
import type { ServiceSpec } from "@bento/sdk";

import { disableVariable, GpuLedger, tooFew } from "../devices/allocation.js";
import { deviceVariables, type GpuVendor, type MachineGpus } from "../devices/gpus.js";

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
  readonly mode?: ServeMode | undefined;
}

/** What the machine has. */
export interface MachineParts {
  readonly env: NodeJS.ProcessEnv;
  readonly cores: number;
  readonly gpus: MachineGpus | undefined;
  /** Whether this process owns the port, so that workers can share it. */
  readonly canSharePort: boolean;
}

/** One worker. */
export interface PlannedWorker {
  /** From 1. */
  readonly index: number;
  /** What its device variable is to say; `undefined` leaves it as it is. */
  readonly devices: readonly string[] | undefined;
  /** Whether no other worker has any of its devices. */
  readonly isExclusive: boolean;
}

/** What became of a service's wishes. */
export interface WorkersPlan {
  readonly mode: ServeMode;
  readonly workers: readonly PlannedWorker[];
  readonly vendor: GpuVendor;
  /** What whoever starts the server should know. */
  readonly notes: readonly string[];
}

/** A service as far as the plan looks at it. */
export type PlannedService = Pick<ServiceSpec, "name" | "workers" | "resources">;

/**
 * The one rule of how many workers there are, which devices each has, and how calls reach them.
 * @throws BENTO_DEVICE_UNAVAILABLE for more devices than there are; an index that does not exist is never made up
 */
export function planWorkers(service: PlannedService, options: WorkerPlanOptions, machine: MachineParts): WorkersPlan {
  const wanted = options.workers ?? service.workers ?? 1;
  const notes: string[] = [];
  const vendor = machine.gpus?.vendor ?? "nvidia";
  const lists =
    typeof wanted === "object"
      ? wanted.map(({ gpus }) => namedDevices(service, gpus, machine, notes))
      : sharedOut(service, wanted, options, machine, notes);
  const workers = lists.map((devices, at) => ({
    index: at + 1,
    devices,
    isExclusive: devices !== undefined && devices.length > 0 && lists.every((other, index) => index === at || !overlap(devices, other)),
  }));
  return { mode: options.mode ?? modeFor(workers, machine), workers, vendor, notes };
}

function modeFor(workers: readonly PlannedWorker[], { canSharePort }: MachineParts): ServeMode {
  const [first, ...others] = workers.map(({ devices }) => devices?.join(","));
  if (others.length === 0 && first === undefined) return "in-process";
  return canSharePort && others.every((devices) => devices === first) && first === undefined ? "shared-port" : "pool";
}

/** The devices of each worker where the service says how many it wants altogether. */
function sharedOut(
  service: PlannedService,
  wanted: number | "cpu_count",
  { devices = "auto" }: WorkerPlanOptions,
  machine: MachineParts,
  notes: string[],
): readonly (readonly string[] | undefined)[] {
  const count = wanted === "cpu_count" ? Math.max(1, Math.floor(machine.cores)) : wanted;
  const none = Array.from({ length: count }, () => undefined);
  const { gpu } = service.resources;
  if (gpu === undefined || wanted === "cpu_count") return none;
  const preset = presetDevices(machine);
  if (devices !== "visible" && (preset !== undefined || isDisabled(machine))) return none;
  const there = preset ?? machine.gpus?.ids ?? [];
  if (there.length === 0) {
    notes.push(`${service.name} asks for ${gpu} GPU${gpu === 1 ? "" : "s"}; this machine has none, so it starts without.`);
    return none;
  }
  const size = devices === "clamp" ? Math.min(gpu, there.length) : gpu;
  if (size < gpu) notes.push(`${service.name} asks for ${gpu} GPUs; this machine has ${there.length}, so it makes do with ${size}.`);
  const taken = new GpuLedger(there).take(service.name, size);
  if (taken.length % count !== 0 || size < 1) {
    if (count > 1) notes.push(`All ${count} workers of ${service.name} share the GPUs ${taken.join(", ")}.`);
    return Array.from({ length: count }, () => taken);
  }
  const each = taken.length / count;
  return Array.from({ length: count }, (_, index) => taken.slice(index * each, (index + 1) * each));
}

/** The devices of one worker that were named: of a preset list, those that stand at these places. */
function namedDevices(
  service: PlannedService,
  named: readonly string[],
  machine: MachineParts,
  notes: string[],
): readonly string[] | undefined {
  const preset = presetDevices(machine);
  const there = preset ?? machine.gpus?.ids ?? [];
  if (there.length === 0 && named.length > 0) {
    notes.push(`A worker of ${service.name} is to have the GPUs ${named.join(", ")}; this machine has none, so it starts without.`);
    return undefined;
  }
  return named.map((name) => {
    const isIndex = /^\d+$/.test(name);
    if (!isIndex) return checkName(service, name, machine, preset);
    const device = there[Number(name)];
    if (device === undefined) throw tooFew(service.name, Number(name) + 1, there.length, there.length);
    return device;
  });
}

function checkName(service: PlannedService, name: string, { gpus }: MachineParts, preset: readonly string[] | undefined): string {
  if (preset?.includes(name) === true || gpus === undefined || gpus.names.size === 0 || gpus.names.has(name)) return name;
  throw new BentoError("BENTO_DEVICE_UNAVAILABLE", `A worker of ${service.name} is to have ${JSON.stringify(name)}, which this machine does not have.`, {
    hint: `It has ${[...gpus.names].join(", ")}.`,
  });
}

/** What the device variable names already; nothing at all where it is empty or -1; `undefined` where it is not set. */
function presetDevices({ env, gpus }: MachineParts): readonly string[] | undefined {
  const value = env[deviceVariables[gpus?.vendor ?? "nvidia"]];
  if (value === undefined) return undefined;
  const ids = value.split(",").map((id) => id.trim());
  const end = ids.findIndex((id) => id === "" || id === "-1");
  return end === -1 ? ids : ids.slice(0, end);
}

function isDisabled({ env }: MachineParts): boolean {
  return env[disableVariable] !== undefined;
}

function overlap(some: readonly string[], others: readonly string[] | undefined): boolean {
  return others?.some((device) => some.includes(device)) ?? false;
}

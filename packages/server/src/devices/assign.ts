import { BentoError } from "@bento/core";

import type { DeviceLease } from "./allocation.js";
import { type Device, type DeviceSupply, disableVariable } from "./supply.js";

/** Who asks for devices, and how strictly. */
export interface DeviceRequest {
  /** The name of the service. */
  readonly service: string;
  /** Whether fewer devices than were asked for will do. */
  readonly clamp: boolean;
}

/** The devices of each worker. */
export interface Assignment {
  /** `undefined`: the worker sees what the server sees. */
  readonly lists: readonly (readonly Device[] | undefined)[];
  /** What whoever starts the server should know. */
  readonly notes: readonly string[];
  /** What was taken for it; to be released when its workers are gone. `undefined` where there is nothing to give back. */
  readonly lease: DeviceLease | undefined;
}

/**
 * Gives a number of workers a number of GPUs: a whole multiple is split evenly, anything else is shared by all.
 * @param gpu a whole number, or a part of one
 * @throws BENTO_DEVICE_UNAVAILABLE when there are too few
 */
export function shareOut(supply: DeviceSupply, request: DeviceRequest, workers: number, gpu: number): Assignment {
  const { service, clamp } = request;
  if (supply.devices.length === 0) {
    const note = `${service} asks for ${gpus(gpu)}; ${supply.holder} none${reason(supply)}, so it starts without.`;
    return { lists: listsOf(workers, undefined), notes: [note], lease: undefined };
  }
  const notes: string[] = [];
  const there = numbers(supply);
  const size = clamp && gpu >= 1 ? Math.min(gpu, supply.ledger.free) : gpu;
  const lease = size === 0 ? undefined : supply.ledger.take(service, size);
  if (lease === undefined && !clamp) throw tooFew(supply, service, gpu);
  const taken = lease === undefined ? [] : supply.devicesOf(lease);
  if (taken.length < Math.ceil(gpu)) notes.push(`${service} asks for ${gpus(gpu)}; ${there}, so it makes do with ${taken.length}.`);
  // Nothing left is not the same as nothing there: what there is belongs to others, and must not be seen.
  if (taken.length === 0) return { lists: listsOf(workers, []), notes, lease };
  const isSplit = taken.length % workers === 0;
  const each = isSplit ? taken.length / workers : taken.length;
  const lists = Array.from({ length: workers }, (_, at) => (isSplit ? taken.slice(at * each, (at + 1) * each) : taken));
  if (!isSplit) {
    const what = taken.length === 1 ? "the GPU" : "the GPUs";
    notes.push(`All ${workers} workers of ${service} share ${what} ${ids(taken)}, since ${gpus(size)} cannot be split evenly.`);
  }
  return { lists, notes: [...notes, ...sliceNotes(service, lists)], lease };
}

/** The same for every worker. */
function listsOf(workers: number, devices: readonly Device[] | undefined): Assignment["lists"] {
  return Array.from({ length: workers }, () => devices);
}

/**
 * Gives each worker the devices that it was said to have; of a preset list, an index is a place in it.
 * @throws BENTO_DEVICE_UNAVAILABLE for one that is not there
 */
export function assignNamed(supply: DeviceSupply, request: DeviceRequest, named: readonly (readonly string[])[]): Assignment {
  const { service, clamp } = request;
  if (supply.devices.length === 0 && named.some((names) => names.length > 0)) {
    const what = [...new Set(named.flat())].join(", ");
    const notes = [`The workers of ${service} are to have the GPUs ${what}; ${supply.holder} none${reason(supply)}, so it starts without.`];
    return { lists: listsOf(named.length, undefined), notes, lease: undefined };
  }
  const notes: string[] = [];
  const lists = named.map((names) =>
    names.flatMap((name) => {
      const slices = supply.preset === undefined ? supply.names.slicesOf(name) : [];
      const device = slices.length > 0 ? undefined : supply.named(name);
      if (device !== undefined) return [device];
      if (!clamp) throw slices.length > 0 ? cutUp(service, name, slices) : notThere(supply, service, name);
      notes.push(`A worker of ${service} is to have the GPU ${name}; ${numbers(supply)}, so it does without.`);
      return [];
    }),
  );
  const all = lists.flat();
  notes.push(...alsoHeldNotes(supply, service, all));
  const lease = supply.ledger.claim(
    service,
    all.map(({ key }) => key),
  );
  return { lists, notes: [...notes, ...sliceNotes(service, lists)], lease };
}

/** Whoever names a device gets it, also one that another service of this process has: that is to be known. */
function alsoHeldNotes(supply: DeviceSupply, service: string, devices: readonly Device[]): readonly string[] {
  const names = new Map(devices.map(({ id, key }) => [key, id]));
  return [...names].flatMap(([key, id]) =>
    supply.ledger.holdersOf(key).map((other) => `The GPU ${id} of ${service} is held by ${other}, too, which this process serves.`),
  );
}

/** @source NVIDIA's guide to MIG: a process of CUDA sees one slice, however many it is given */
function sliceNotes(service: string, lists: Assignment["lists"]): readonly string[] {
  const isWasted = lists.some((devices = []) => devices.length > 1 && devices.some(({ key }) => key.startsWith("MIG-")));
  return isWasted ? [`CUDA uses one MIG slice in a process: each worker of ${service} will see the first of its own only.`] : [];
}

function tooFew(supply: DeviceSupply, service: string, wanted: number): BentoError {
  const slices = supply.preset === undefined && !supply.devices.some(({ key }) => key.startsWith("MIG-")) && supply.names.all.some(isSlice);
  const named = slices ? ' MIG slices beside whole GPUs are given by name: workers: [{ gpus: ["MIG-..."] }].' : "";
  // A preset list is looked at only because it is to be divided, which goes before the switch.
  const waysOut =
    supply.preset === undefined
      ? `say devices: "clamp" to take what is there, or set ${disableVariable}=1 to allocate none.`
      : `name more in ${supply.variable}, or leave out devices: "visible": then all workers see what it names.`;
  return new BentoError(
    "BENTO_DEVICE_UNAVAILABLE",
    `The service ${service} asks for ${gpus(wanted)}; ${numbers(supply)}${reason(supply)}.`,
    { hint: `Ask for fewer under resources.gpu, ${waysOut}${named}` },
  );
}

function notThere(supply: DeviceSupply, service: string, name: string): BentoError {
  const isPreset = supply.preset !== undefined;
  const there = isPreset ? supply.devices.map(({ id }) => id) : supply.names.all;
  const what = `A worker of ${service} is to have the GPU ${JSON.stringify(name)}; ${numbers(supply)}${reason(supply)}, and none of that name.`;
  const asNumber = isPreset ? `all of them see what ${supply.variable} names.` : `with ${disableVariable}=1 that allocates none.`;
  return new BentoError("BENTO_DEVICE_UNAVAILABLE", what, {
    hint: `There is ${there.join(", ") || "none"}. Say devices: "clamp" to leave out what is not there, or give workers as a number; ${asNumber}`,
  });
}

function cutUp(service: string, name: string, slices: readonly string[]): BentoError {
  return new BentoError(
    "BENTO_DEVICE_UNAVAILABLE",
    `A worker of ${service} is to have the GPU ${JSON.stringify(name)}, which is cut into MIG slices.`,
    {
      hint: `Name one of its slices: ${slices.join(", ")}.`,
    },
  );
}

/** `"this machine has 2, of which 1 is free"`. */
function numbers({ holder, ledger: { total, free } }: DeviceSupply): string {
  return `${holder} ${total}${free < total ? `, of which ${free} ${free === 1 ? "is" : "are"} free` : ""}`;
}

function reason({ trouble }: DeviceSupply): string {
  return trouble === undefined ? "" : ` (${trouble})`;
}

function gpus(count: number): string {
  return `${count} GPU${count === 1 ? "" : "s"}`;
}

function ids(devices: readonly Device[]): string {
  return devices.map(({ id }) => id).join(", ");
}

function isSlice(name: string): boolean {
  return name.startsWith("MIG-");
}

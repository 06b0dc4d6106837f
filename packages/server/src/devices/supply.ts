import { type DeviceLease, GpuLedger, processLeases } from "./allocation.js";
import { DeviceNames } from "./device-names.js";
import { findGpus, type FoundGpus, type GpuVendor, type MachineGpus } from "./gpus.js";

/** The variable that turns automatic allocation off, whatever its value. */
export const disableVariable = "BENTOML_DISABLE_GPU_ALLOCATION";

/** One device, as a worker gets it. */
export interface Device {
  /** What the variable calls it. */
  readonly id: string;
  /** The same for every name of one device: an index and a UUID may mean the same GPU. */
  readonly key: string;
}

interface VendorVariables {
  /** Those that limit what a process sees; of several that are set the first counts, and where none is, the first is used. */
  readonly variables: readonly string[];
  /** What shows a process no device at all; `undefined` where no value does. */
  readonly nothing: string | undefined;
}

/**
 * AMD's runtime honours NVIDIA's variable, too.
 * @source https://docs.nvidia.com/cuda/cuda-programming-guide/05-appendices/environment-variables.html
 * @source https://rocm.docs.amd.com/en/latest/conceptual/gpu-isolation.html
 */
const vendorVariables: Readonly<Record<GpuVendor, VendorVariables>> = {
  nvidia: { variables: ["CUDA_VISIBLE_DEVICES"], nothing: "" },
  amd: { variables: ["HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES"], nothing: "-1" },
  intel: { variables: ["ZE_AFFINITY_MASK"], nothing: undefined },
};

/** What such a variable may hold: indices (with Intel's tiles), and names of NVIDIA's and AMD's GPUs and slices. */
const devicePattern = /^(?:\d+(?:\.\d+)?|(?:GPU|MIG)-\S+)$/;

/** The devices that this process may give to workers, and which of them are taken by any of its services. */
export class DeviceSupply {
  /** The variable that tells a worker its devices. */
  readonly variable: string;
  /** What the variable named already when the server started; empty: nothing. `undefined`: it was not set. */
  readonly preset: readonly Device[] | undefined;
  /** What may be given out without being named: the preset devices, else the machine's. */
  readonly devices: readonly Device[];
  readonly ledger: GpuLedger;
  /** Whether nothing is to be given out that was not named. */
  readonly isDisabled: boolean;
  /** Why there may be more devices than these. */
  readonly trouble: string | undefined;
  readonly names: DeviceNames;
  readonly #env: NodeJS.ProcessEnv;
  readonly #vendor: GpuVendor;
  readonly #byKey: ReadonlyMap<string, Device>;

  /** @param leases what is taken already; what is taken of this supply is added */
  constructor(env: NodeJS.ProcessEnv, { machine, trouble }: FoundGpus, leases?: Set<DeviceLease>) {
    this.#env = env;
    this.#vendor = machine?.vendor ?? presetVendor(env) ?? "nvidia";
    const { variables } = vendorVariables[this.#vendor];
    const preset = variables.find((name) => isPreset(env, name));
    this.variable = preset ?? (variables[0] as string);
    this.names = new DeviceNames(machine);
    this.preset = preset === undefined ? undefined : this.#presetDevices(env[preset] as string);
    this.devices = this.preset ?? machineDevices(machine);
    this.ledger = new GpuLedger(
      this.devices.map(({ key }) => key),
      leases,
    );
    this.#byKey = new Map(this.devices.map((device) => [device.key, device]));
    this.isDisabled = env[disableVariable] !== undefined;
    this.trouble = trouble;
  }

  /** Who has the devices, for messages: `"this machine has"`. */
  get holder(): string {
    return this.preset === undefined ? "this machine has" : `${this.variable} names`;
  }

  /** The devices that were taken of this supply. */
  devicesOf({ keys }: DeviceLease): readonly Device[] {
    return keys.map((key) => this.#byKey.get(key) as Device);
  }

  /** The device of a name; of a preset list, an index is a place in it. `undefined` when there is none. */
  named(name: string): Device | undefined {
    if (this.preset !== undefined) {
      if (/^\d+$/.test(name)) return this.preset[Number(name)];
      const wanted = this.names.keyOf(name);
      return this.preset.find(({ key }) => key === wanted);
    }
    const key = this.names.keyOf(name);
    return key === undefined ? undefined : { id: name, key };
  }

  /** What a worker's environment must hold to see these devices and no others. */
  envFor(devices: readonly Device[]): Readonly<Record<string, string>> {
    const { nothing } = vendorVariables[this.#vendor];
    const value = devices.length === 0 ? nothing : devices.map(({ id }) => id).join(",");
    if (value === undefined) return {};
    // CUDA counts the fastest GPU first unless it is told to count as nvidia-smi does, whose indices these are.
    const isCounted = this.#vendor === "nvidia" && this.preset === undefined && devices.some(({ id }) => /^\d+$/.test(id));
    const order = isCounted && this.#env["CUDA_DEVICE_ORDER"] === undefined ? { CUDA_DEVICE_ORDER: "PCI_BUS_ID" } : {};
    return { [this.variable]: value, ...order };
  }

  /** As the drivers read it: what is no device, such as -1, hides everything after it. */
  #presetDevices(value: string): readonly Device[] {
    const devices: Device[] = [];
    for (const id of value.split(",").map((part) => part.trim())) {
      // Intel may count tiles where the kernel lists cards.
      const key = this.#vendor === "intel" ? id : this.names.keyOf(id);
      if (!devicePattern.test(id) || key === undefined) break;
      devices.push({ id, key });
    }
    return devices;
  }
}

/**
 * What this process may give out: the machine as it is now, less what other services of the process have, whichever copy
 * of this package serves them.
 * @param isNeeded whether any of its services asks for devices; else nobody looks for them
 */
export async function openSupply(isNeeded: boolean, env: NodeJS.ProcessEnv = process.env): Promise<DeviceSupply> {
  return new DeviceSupply(env, isNeeded ? await findGpus({ env }) : { machine: undefined, trouble: undefined }, processLeases());
}

/** NVIDIA's variable means nothing at all where it is empty; to the others' an empty one is as good as none. */
function isPreset(env: NodeJS.ProcessEnv, variable: string): boolean {
  const value = env[variable];
  return value !== undefined && (value !== "" || variable === "CUDA_VISIBLE_DEVICES");
}

function presetVendor(env: NodeJS.ProcessEnv): GpuVendor | undefined {
  const vendors: readonly GpuVendor[] = ["nvidia", "amd", "intel"];
  return vendors.find((vendor) => vendorVariables[vendor].variables.some((name) => isPreset(env, name)));
}

/**
 * GPUs that are in one piece, by their index. Where every one of them is cut up, their MIG slices by name, which are then
 * what a service calls a GPU, as Kubernetes counts them in its "single" strategy. On a machine with both, slices are given
 * only by name: they are not worth the same, and a process that sees a slice sees no other GPU.
 */
function machineDevices(machine: MachineGpus | undefined): readonly Device[] {
  const gpus = machine?.gpus ?? [];
  const whole = gpus.filter(({ slices }) => slices.length === 0).map(({ index }) => String(index));
  return (whole.length > 0 ? whole : gpus.flatMap(({ slices }) => slices)).map((id) => ({ id, key: id }));
}

import type { Gpu, MachineGpus } from "./gpus.js";

/** `MIG-GPU-5ba4.../1/0`, as drivers before R470 name slices and later ones still understand: GPU, instance, part of it. */
const oldSlicePattern = /^MIG-(GPU-[^/]+)\/\d+\/\d+$/;

/**
 * What the names of devices mean on a machine. A UUID may be cut short, as CUDA takes it, where it still means one device
 * only. Of a machine whose GPUs are not known every name means something of its own; so does a UUID where they are known,
 * but not by theirs.
 */
export class DeviceNames {
  readonly #gpus: readonly Gpu[] | undefined;

  constructor(machine: MachineGpus | undefined) {
    this.#gpus = machine?.gpus;
  }

  /** The same text for every name of one device; `undefined` where there is no such device. */
  keyOf(name: string): string | undefined {
    if (this.#gpus === undefined) return name;
    if (name.startsWith("MIG-")) return this.#sliceOf(name);
    if (name.startsWith("GPU-") && this.#gpus.some(({ uuid }) => uuid === undefined)) return name;
    const gpu = this.#gpuOf(name);
    // Of a GPU that is cut up, CUDA uses the first slice.
    return gpu && (gpu.slices[0] ?? String(gpu.index));
  }

  /**
   * The MIG slices of the GPU that a name means; none where it is whole. Such a GPU cannot be given to a worker: CUDA
   * would use its first slice and leave the others, and a second worker with the same GPU would share that slice.
   * @source https://docs.nvidia.com/datacenter/tesla/mig-user-guide/
   */
  slicesOf(name: string): readonly string[] {
    return this.#gpuOf(name)?.slices ?? [];
  }

  /** Every name there is, for messages. */
  get all(): readonly string[] {
    return (this.#gpus ?? []).flatMap(({ index, uuid, slices }) => [String(index), ...(uuid === undefined ? [] : [uuid]), ...slices]);
  }

  #gpuOf(name: string): Gpu | undefined {
    if (/^\d+$/.test(name)) return this.#gpus?.find(({ index }) => index === Number(name));
    return onlyOne(this.#gpus?.filter(({ uuid }) => uuid?.startsWith(name) === true) ?? []);
  }

  #sliceOf(name: string): string | undefined {
    const slices = this.#gpus?.flatMap((gpu) => gpu.slices) ?? [];
    const cutUp = oldSlicePattern.exec(name)?.[1];
    if (slices.includes(name)) return name;
    if (cutUp !== undefined) return this.slicesOf(cutUp).length > 0 ? name : undefined;
    return onlyOne(slices.filter((slice) => slice.startsWith(name)));
  }
}

function onlyOne<T>(found: readonly T[]): T | undefined {
  return found.length === 1 ? found[0] : undefined;
}

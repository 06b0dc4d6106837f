import { amdGpus, intelGpus } from "./kernel-gpus.js";
import { nvidiaGpus } from "./nvidia-smi.js";

/** Who makes the GPUs of a machine; each has a variable of its own that says which of them a process sees. */
export type GpuVendor = "nvidia" | "amd" | "intel";

/** One GPU of a machine. */
export interface Gpu {
  /** Its place among the GPUs of its vendor, from 0. */
  readonly index: number;
  /** `GPU-5ba4...`, where the vendor's variable takes such names. */
  readonly uuid: string | undefined;
  /** The MIG slices that it is cut into: `MIG-c6d4...`. */
  readonly slices: readonly string[];
}

/** The GPUs of a machine, at least one. */
export interface MachineGpus {
  readonly vendor: GpuVendor;
  readonly gpus: readonly Gpu[];
}

/** What a look for GPUs found. */
export interface FoundGpus {
  readonly machine: MachineGpus | undefined;
  /** Why there may be GPUs that were not found: a driver that fails or hangs. */
  readonly trouble: string | undefined;
}

/** Where to look, and how long. */
export interface FindGpusOptions {
  /** @default the environment of this process */
  readonly env?: NodeJS.ProcessEnv;
  /** Folder that the paths of the kernel's lists start from. @default "/" */
  readonly root?: string;
  /** Milliseconds that `nvidia-smi` may take: a driver that hangs must not keep a server from starting. @default 10000 */
  readonly timeoutMs?: number;
}

/**
 * The GPUs of this machine; of several vendors, the first that has any.
 *
 * NVIDIA's are asked of `nvidia-smi`, which must be on the path. AMD's and Intel's are what the kernel lists.
 */
export async function findGpus({ env = process.env, root = "/", timeoutMs = 10_000 }: FindGpusOptions = {}): Promise<FoundGpus> {
  const { gpus, trouble } = await nvidiaGpus(env, timeoutMs);
  if (gpus.length > 0) return { machine: { vendor: "nvidia", gpus }, trouble };
  const amd = await amdGpus(root);
  if (amd > 0) return { machine: { vendor: "amd", gpus: numbered(amd) }, trouble };
  const intel = await intelGpus(root);
  return { machine: intel > 0 ? { vendor: "intel", gpus: numbered(intel) } : undefined, trouble };
}

function numbered(count: number): readonly Gpu[] {
  return Array.from({ length: count }, (_, index) => ({ index, uuid: undefined, slices: [] }));
}

import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Who makes the GPUs of a machine; each has a variable of its own that says which of them a process sees. */
export type GpuVendor = "nvidia" | "amd" | "intel";

/** The variable of each vendor. */
export const deviceVariables: Readonly<Record<GpuVendor, string>> = {
  nvidia: "CUDA_VISIBLE_DEVICES",
  amd: "HIP_VISIBLE_DEVICES",
  intel: "ZE_AFFINITY_MASK",
};

/** The GPUs of a machine. */
export interface MachineGpus {
  readonly vendor: GpuVendor;
  /** Their indices, as the variable takes them: `["0", "1"]`. */
  readonly ids: readonly string[];
  /** What else each may be called: UUID and MIG slices, as `nvidia-smi -L` prints them. */
  readonly names: ReadonlySet<string>;
}

/** A driver that hangs must not keep a server from starting. Milliseconds. */
const askMs = 10_000;

/**
 * The GPUs of this machine; of several vendors, the first that has any.
 *
 * NVIDIA's are asked of `nvidia-smi`, which must be on the path. AMD's and Intel's are what the kernel lists.
 */
export async function findGpus(env: NodeJS.ProcessEnv = process.env): Promise<MachineGpus | undefined> {
  return (await nvidiaGpus(env)) ?? (await amdGpus()) ?? (await intelGpus());
}

/** `GPU 0: NVIDIA H100 (UUID: GPU-5ba4...)`, and below it, where it is cut up, `  MIG 1g.10gb Device 0: (UUID: MIG-...)`. */
const gpuLine = /^GPU (\d+):.*\(UUID: ([^)]+)\)/;
const migLine = /^\s+MIG .*\(UUID: ([^)]+)\)/;

async function nvidiaGpus(env: NodeJS.ProcessEnv): Promise<MachineGpus | undefined> {
  const listed = await run("nvidia-smi", ["-L"], { env, timeout: askMs, windowsHide: true }).then(
    ({ stdout }) => stdout,
    // Not installed, or no driver: a machine without.
    () => "",
  );
  const ids: string[] = [];
  const names = new Set<string>();
  for (const line of listed.split("\n")) {
    const [, index, uuid] = gpuLine.exec(line) ?? [];
    const slice = migLine.exec(line)?.[1];
    if (index !== undefined) ids.push(index);
    const name = uuid ?? slice;
    if (name !== undefined) names.add(name);
  }
  return ids.length === 0 ? undefined : { vendor: "nvidia", ids, names };
}

const kfdNodes = "/sys/class/kfd/kfd/topology/nodes";

/** Nodes of the kernel's compute driver that compute: the others are processors. */
async function amdGpus(): Promise<MachineGpus | undefined> {
  const nodes = await readdir(kfdNodes).catch(() => []);
  const properties = await Promise.all(nodes.map((node) => readFile(join(kfdNodes, node, "properties"), "utf8").catch(() => "")));
  return numbered("amd", properties.filter((text) => Number(/^simd_count (\d+)/m.exec(text)?.[1] ?? 0) > 0).length);
}

/** PCI's number for Intel; its integrated graphics are no accelerators, and have the slot of a part of the processor. */
const intelVendor = "0x8086";

async function intelGpus(): Promise<MachineGpus | undefined> {
  const cards = (await readdir("/sys/class/drm").catch(() => [])).filter((name) => /^card\d+$/.test(name));
  const isDiscrete = async (card: string): Promise<boolean> => {
    const device = join("/sys/class/drm", card, "device");
    const vendor = await readFile(join(device, "vendor"), "utf8").catch(() => "");
    const slot = await readFile(join(device, "uevent"), "utf8").catch(() => "");
    return vendor.trim() === intelVendor && !/^PCI_SLOT_NAME=0000:00:02\.0$/m.test(slot);
  };
  return numbered("intel", (await Promise.all(cards.map(isDiscrete))).filter(Boolean).length);
}

function numbered(vendor: GpuVendor, count: number): MachineGpus | undefined {
  return count === 0 ? undefined : { vendor, ids: Array.from({ length: count }, (_, index) => String(index)), names: new Set() };
}

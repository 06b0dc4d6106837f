import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for the `PATH` with an `nvidia-smi` of its own. */
export interface StandIn extends AsyncDisposable {
  readonly folder: string;
}

/** An `nvidia-smi` that prints these lines when it is asked for a list, as the real one does. */
export function standInListing(lines: readonly string[]): Promise<StandIn> {
  return standIn(`[ "$1" = "-L" ] || exit 2\n${lines.map((line) => `printf '%s\\n' '${line}'`).join("\n")}`);
}

/** An `nvidia-smi` that does what a shell script says. */
export async function standIn(script: string): Promise<StandIn> {
  const folder = await mkdtemp(join(tmpdir(), "bento-nvidia-smi-"));
  await writeFile(join(folder, "nvidia-smi"), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, "nvidia-smi"), 0o755);
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

/** Lines for GPUs in one piece. */
export function wholeGpus(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `GPU ${index}: NVIDIA H100 80GB HBM3 (UUID: ${uuids[index]})`);
}

/** The UUIDs of {@link wholeGpus}. */
export const uuids = [
  "GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77",
  "GPU-e91edf3b-b297-37c1-a2a7-7601c3238fa2",
  "GPU-e91ea3d5-f07e-48c6-a102-1f0a9b30a6f4",
  "GPU-8932f937-d72c-4106-c12f-20bd9faed9f6",
] as const;

/** MIG slices, of two GPUs. */
export const slices = [
  "MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f",
  "MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb",
  "MIG-1c2ed2c0-76d5-5e7c-8e3b-6f4e5d0b9a11",
] as const;

/** Lines for two GPUs that are cut up: two slices of the first, one of the second. */
export const cutUpGpus = [
  `GPU 0: NVIDIA A100-SXM4-80GB (UUID: ${uuids[0]})`,
  `  MIG 3g.40gb     Device  0: (UUID: ${slices[0]})`,
  `  MIG 3g.40gb     Device  1: (UUID: ${slices[1]})`,
  `GPU 1: NVIDIA A100-SXM4-80GB (UUID: ${uuids[1]})`,
  `  MIG 7g.80gb     Device  0: (UUID: ${slices[2]})`,
];

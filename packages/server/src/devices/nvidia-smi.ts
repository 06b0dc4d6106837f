import { execFile } from "node:child_process";

import type { Gpu } from "./gpus.js";

/** What `nvidia-smi` knows of a machine. */
export interface NvidiaGpus {
  readonly gpus: readonly Gpu[];
  /** Why it knows of none, where it is there and should. */
  readonly trouble: string | undefined;
}

/** `GPU 0: NVIDIA H100 (UUID: GPU-5ba4...)`, and below it, where it is cut up, `  MIG 1g.10gb Device 0: (UUID: MIG-...)`. */
const gpuLine = /^GPU (\d+): .*\(UUID: (GPU-[^)\s]+)\)/;
const migLine = /^\s+MIG .*\(UUID: (MIG-[^)\s]+)\)/;

/** The GPUs and MIG slices that `nvidia-smi -L` lists: all of the machine's, whatever `CUDA_VISIBLE_DEVICES` says. */
export async function nvidiaGpus(env: NodeJS.ProcessEnv, timeoutMs: number): Promise<NvidiaGpus> {
  const { output, trouble } = await list(env, timeoutMs);
  const gpus: { index: number; uuid: string; slices: string[] }[] = [];
  for (const line of output.split("\n")) {
    const [, index, uuid] = gpuLine.exec(line) ?? [];
    if (index !== undefined && uuid !== undefined) gpus.push({ index: Number(index), uuid, slices: [] });
    const slice = migLine.exec(line)?.[1];
    if (slice !== undefined) gpus.at(-1)?.slices.push(slice);
  }
  return { gpus, trouble };
}

function list(env: NodeJS.ProcessEnv, timeoutMs: number): Promise<{ output: string; trouble: string | undefined }> {
  return new Promise((resolve) => {
    const child = execFile("nvidia-smi", ["-L"], { env, windowsHide: true }, (error, output) => {
      clearTimeout(timer);
      // Not installed: a machine without.
      const isFailure = error !== null && error.code !== "ENOENT";
      resolve({ output, trouble: isFailure ? `nvidia-smi failed: ${firstLine(output) ?? error.message}` : undefined });
    });
    // What waits for a driver that hangs may not even die of SIGKILL: it is left behind, not waited for.
    const timer = setTimeout(() => {
      resolve({ output: "", trouble: `nvidia-smi gave no answer within ${timeoutMs / 1000} seconds` });
      child.kill("SIGKILL");
      child.stdout?.destroy();
      child.stderr?.destroy();
      child.unref();
    }, timeoutMs);
  });
}

function firstLine(text: string): string | undefined {
  return text.split("\n").find((line) => line.trim() !== "");
}

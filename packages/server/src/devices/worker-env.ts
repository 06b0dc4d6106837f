import { deviceVariables, type GpuVendor } from "./gpus.js";

/**
 * Each makes as many threads as the machine has cores, unless it is told otherwise: two workers that both do so are
 * slower than one.
 */
const threadVariables = [
  "OMP_NUM_THREADS",
  "OPENBLAS_NUM_THREADS",
  "MKL_NUM_THREADS",
  "NUMEXPR_NUM_THREADS",
  "VECLIB_MAXIMUM_THREADS",
  "RAYON_NUM_THREADS",
] as const;

/** What decides a worker's environment. */
export interface WorkerEnvOptions {
  /** The server's own. */
  readonly env: NodeJS.ProcessEnv;
  /** The worker's devices; `undefined` leaves the variable as the server has it. */
  readonly devices: { readonly vendor: GpuVendor; readonly ids: readonly string[] } | undefined;
  /** Cores of all workers together. */
  readonly cores: number;
  readonly workers: number;
}

/** The environment that a worker process starts with: its devices, and its share of the cores, are there before any code of it runs. */
export function workerEnv({ env, devices, cores, workers }: WorkerEnvOptions): NodeJS.ProcessEnv {
  const own = { ...env };
  const threads = String(Math.max(1, Math.floor(cores / workers)));
  // Whoever set one knows better.
  for (const name of threadVariables) own[name] ??= threads;
  if (devices !== undefined) own[deviceVariables[devices.vendor]] = devices.ids.join(",");
  return own;
}

/**
 * Each library makes as many threads as the machine has cores, unless its variable says otherwise: two workers that
 * both do so are slower than one.
 */
const threadVariables = [
  "OMP_NUM_THREADS",
  "OPENBLAS_NUM_THREADS",
  "MKL_NUM_THREADS",
  "BLIS_NUM_THREADS",
  "NUMEXPR_NUM_THREADS",
  "VECLIB_MAXIMUM_THREADS",
  "RAYON_NUM_THREADS",
  "TF_NUM_INTRAOP_THREADS",
] as const;

/** What decides a worker's environment. */
export interface WorkerEnvOptions {
  /** The server's own. */
  readonly env: NodeJS.ProcessEnv;
  /** What says which devices the worker sees; nothing leaves that as the server has it. */
  readonly deviceEnv: Readonly<Record<string, string>>;
  /** Cores of all workers together. */
  readonly cores: number;
  readonly workers: number;
}

/**
 * The environment that a worker process starts with: its devices, and its share of the cores, are there before any code
 * of it runs. A variable for threads that the server has already stays as it is; an empty one leaves the choice to the
 * library.
 */
export function workerEnv({ env, deviceEnv, cores, workers }: WorkerEnvOptions): NodeJS.ProcessEnv {
  const threads = String(Math.max(1, Math.floor(cores / workers)));
  const limits = Object.fromEntries(threadVariables.map((name) => [name, threads]));
  return { ...limits, ...env, ...deviceEnv };
}

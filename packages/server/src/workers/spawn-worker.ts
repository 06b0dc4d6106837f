import { type ChildProcess, execFile, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

import { serverVariable, watchedVariable } from "./handover.js";
import { passOnLines } from "./stdio-lines.js";
import { noDescriptors } from "./worker-errors.js";

/** What a worker process is started with. */
export interface SpawnOptions {
  readonly name: string;
  readonly env: NodeJS.ProcessEnv;
  /** Options of `node` itself, such as the loader of TypeScript. */
  readonly execArgv: readonly string[];
}

/** The file that a worker process runs. */
export const childFile = fileURLToPath(new URL("child/main.js", import.meta.url));

/**
 * Starts a process for a worker, whose output goes through this one.
 * @throws BENTO_WORKER_FAILED where there are no descriptors left; what the system says where it has no memory
 */
export function spawnWorker(
  { name, env, execArgv }: SpawnOptions,
  stdio: readonly ("ignore" | "pipe")[],
  isWatched: boolean,
): ChildProcess {
  const command = [process.execPath, ...execArgv, childFile];
  if (isWatched) command.unshift(...deathSignal);
  const own = { ...env, [serverVariable]: String(process.pid), ...(isWatched && { [watchedVariable]: "1" }) };
  const [file, ...args] = command;
  const child = spawn(file as string, args, { env: own, stdio: [...stdio], windowsHide: true });
  if (!hasPipes(child)) throw noDescriptors(name);
  if (child.stdout) passOnLines(child.stdout, process.stdout, name);
  if (child.stderr) passOnLines(child.stderr, process.stderr, name);
  return child;
}

/** Whether a process has its end of what it was to be given. Node gives up before that where it finds no descriptors, and says why only later. */
export function hasPipes(child: ChildProcess): boolean {
  if ((child.stdio as unknown) !== undefined) return true;
  child.on("error", () => undefined);
  return false;
}

/** Runs a command that the system kills when the one who started it dies. Part of util-linux. */
const deathSignal = ["setpriv", "--pdeathsig", "KILL", "--"] as const;
let canWatch: Promise<boolean> | undefined;

/**
 * Whether the system ends a worker when this process dies, however busy the worker is, and even if it is stopped. Where
 * it does not, a thread in the worker has to look.
 */
export function hasDeathSignal(): Promise<boolean> {
  return (canWatch ??= tryDeathSignal());
}

function tryDeathSignal(): Promise<boolean> {
  if (process.platform !== "linux") return Promise.resolve(false);
  const [file, ...args] = deathSignal;
  return new Promise((resolve) => execFile(file, [...args, "true"], (error) => resolve(error === null)));
}

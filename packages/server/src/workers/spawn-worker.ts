import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

import { deathSignal } from "./death-signal.js";
import { serverVariable, watchedVariable } from "./handover.js";
import { passOnLines } from "./stdio-lines.js";
import { noDescriptors } from "./worker-errors.js";

/** What a worker process is started with. */
export interface SpawnOptions {
  readonly name: string;
  readonly env: NodeJS.ProcessEnv;
  /** Options of `node` itself, such as the loader of TypeScript. */
  readonly execArgv: readonly string[];
  /** Whether the system is to end the process when this one dies; see `death-signal.ts`. */
  readonly isWatched: boolean;
}

/** The file that a worker process runs. */
export const childFile = fileURLToPath(new URL("child/main.js", import.meta.url));

/**
 * Starts a process for a worker, whose output goes through this one.
 * @throws BENTO_WORKER_FAILED where there are no descriptors left; what the system says where it has no memory
 */
export function spawnWorker({ name, env, execArgv, isWatched }: SpawnOptions, stdio: readonly ("ignore" | "pipe")[]): ChildProcess {
  const command = [process.execPath, ...execArgv, childFile];
  if (isWatched) command.unshift(...deathSignal);
  const [file, ...args] = command;
  const child = spawn(file as string, args, { env: { ...env, ...serverEnv(isWatched) }, stdio: [...stdio], windowsHide: true });
  if (!hasPipes(child)) throw noDescriptors(name);
  if (child.stdout) passOnLines(child.stdout, () => process.stdout, name);
  if (child.stderr) passOnLines(child.stderr, () => process.stderr, name);
  return child;
}

/** What tells a worker whose it is. */
export function serverEnv(isWatched: boolean): Readonly<Record<string, string>> {
  return { [serverVariable]: String(process.pid), ...(isWatched && { [watchedVariable]: "1" }) };
}

/** Whether a process has its end of what it was to be given. Node gives up before that where it finds no descriptors, and says why only later. */
export function hasPipes(child: ChildProcess): boolean {
  if ((child.stdio as unknown) !== undefined) return true;
  child.on("error", () => undefined);
  return false;
}

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("store-worker.mjs", import.meta.url));

/** One piece of work of a process of its own. */
export interface WorkerTask {
  readonly action: "create" | "delete";
  readonly home: string;
  readonly tag: string;
}

/** When things happened, in milliseconds from the first moment of the work. */
export interface WorkerTimes {
  /** When the model's folder appeared, or vanished. */
  readonly turn: number;
  readonly done: number;
}

/** A worker that has begun its work. */
interface StartedWorker {
  /** Resolves when the work is done, if the process lives so long. */
  readonly done: Promise<void>;
  kill(): Promise<void>;
}

/** Lets a worker finish, and takes the times. */
export async function timeWorker(task: WorkerTask, folder: string): Promise<WorkerTimes> {
  const worker = await startWorker(task);
  const begun = performance.now();
  let done: number | undefined;
  const finished = worker.done.then(() => (done = performance.now() - begun));
  const visibleAtFirst = existsSync(folder);
  while (existsSync(folder) === visibleAtFirst) await new Promise(setImmediate);
  const turn = performance.now() - begun;
  await finished;
  await worker.kill();
  return { turn, done: done ?? turn };
}

/** Kills a worker with SIGKILL a given time after its work began, and waits until it is gone. */
export async function killWorker(task: WorkerTask, afterMs: number): Promise<void> {
  const worker = await startWorker(task);
  const end = performance.now() + afterMs;
  // A timer is too coarse for the last millisecond.
  if (afterMs > 2) await new Promise((resolve) => setTimeout(resolve, afterMs - 2));
  while (performance.now() < end) await new Promise(setImmediate);
  await worker.kill();
}

async function startWorker({ action, home, tag }: WorkerTask): Promise<StartedWorker> {
  const child = spawn(process.execPath, [script, action, home, tag], { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  let errors = "";
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const lineOf = (line: string): Promise<void> =>
    new Promise((resolve, reject) => {
      child.stdout.on("data", () => printed.includes(`${line}\n`) && resolve());
      child.once("close", () => reject(new Error(`The worker ended before it printed ${line}.\n${errors}`)));
    });
  child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const started = lineOf("start");
  const done = lineOf("done");
  // A worker that is killed before it is done is what most callers want.
  done.catch(() => {});
  await started;
  return {
    done,
    kill: async () => {
      child.kill("SIGKILL");
      await gone;
      if (errors !== "") throw new Error(`The worker failed.\n${errors}`);
    },
  };
}

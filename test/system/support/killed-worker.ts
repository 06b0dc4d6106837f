import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What the processes run: the file of this folder that does the tasks. */
type Script = "store-worker.mjs" | "import-worker.mjs";

/** One piece of work of a process of its own. */
export interface WorkerTask {
  /** `die-importing` kills itself between the two renames of a replacement. */
  readonly action: "create" | "delete" | "export" | "import" | "die-importing";
  readonly home: string;
  readonly tag: string;
  /** Of exports: where to, and as what. */
  readonly target?: string;
  readonly format?: string;
  /** Of imports: what stands at the start of each file, below 2 ** 32. */
  readonly stamp?: number;
}

/** When things happened, in milliseconds from the first moment of the work. */
export interface WorkerTimes {
  /** When the model's folder appeared, or vanished, or the target of an export appeared. */
  readonly turn: number;
  readonly done: number;
}

/** When a worker is killed: so long after its work began, or after its turn was seen. */
export interface KillMoment {
  readonly from: "start" | "turn";
  readonly afterMs: number;
}

/** A process that does one task and is killed. */
interface Worker {
  /** Resolves when it has printed a line; rejects when it ends without it. */
  printed(line: "ready" | "start" | "done"): Promise<void>;
  begin(task: WorkerTask): Promise<void>;
  kill(): Promise<void>;
  /** Resolves when it has ended. */
  readonly gone: Promise<void>;
}

/** Processes that do one task each and are killed, the next one always started in advance. */
export class Workers implements AsyncDisposable {
  readonly #script: Script;
  #next: Worker;

  constructor(script: Script = "store-worker.mjs") {
    this.#script = script;
    this.#next = startWorker(script);
  }

  /** Lets a worker finish, and takes the times. */
  async time(task: WorkerTask, folder: string): Promise<WorkerTimes> {
    const worker = await this.#take();
    const before = identityOf(folder);
    await worker.begin(task);
    const begun = performance.now();
    let done: number | undefined;
    const finished = worker.printed("done").then(() => (done = performance.now() - begun));
    await turnOf(folder, before);
    const turn = performance.now() - begun;
    await finished;
    await worker.kill();
    this.#next = startWorker(this.#script);
    return { turn, done: done ?? turn };
  }

  /** Kills a worker with SIGKILL at a moment of its work, and waits until it is gone. */
  async kill(task: WorkerTask, folder: string, { from, afterMs }: KillMoment): Promise<void> {
    const worker = await this.#take();
    const before = identityOf(folder);
    await worker.begin(task);
    if (from === "turn") await turnOf(folder, before);
    const end = performance.now() + afterMs;
    // A timer is too coarse for the last millisecond.
    if (afterMs > 2) await new Promise((resolve) => setTimeout(resolve, afterMs - 2));
    while (performance.now() < end) await new Promise(setImmediate);
    const gone = worker.kill();
    this.#next = startWorker(this.#script);
    await gone;
  }

  /** Gives a worker a task in which it kills itself, and waits until it is gone. */
  async letDie(task: WorkerTask): Promise<void> {
    const worker = await this.#take();
    await worker.begin(task);
    await worker.gone;
    this.#next = startWorker(this.#script);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#next.kill();
  }

  /** The waiting worker. The one after it is started when this one is gone, so as not to disturb its times. */
  async #take(): Promise<Worker> {
    const worker = this.#next;
    await worker.printed("ready");
    return worker;
  }
}

/** Resolves as soon as a folder has appeared, vanished, or another one is in its place. */
async function turnOf(folder: string, before: number | undefined): Promise<void> {
  while (identityOf(folder) === before) await new Promise(setImmediate);
}

function identityOf(folder: string): number | undefined {
  return statSync(folder, { throwIfNoEntry: false })?.ino;
}

function startWorker(script: Script): Worker {
  const child = spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url))], { stdio: ["pipe", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const printed: Worker["printed"] = (line) =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (output.includes(`${line}\n`)) resolve();
      };
      child.stdout.on("data", look);
      child.once("close", () => reject(new Error(`The worker ended before it printed ${line}.\n${errors}`)));
      look();
    });
  return {
    printed,
    gone,
    begin: async (task) => {
      const started = printed("start");
      child.stdin.write(`${JSON.stringify(task)}\n`);
      await started;
    },
    kill: async () => {
      child.kill("SIGKILL");
      await gone;
      if (errors !== "") throw new Error(`The worker failed.\n${errors}`);
    },
  };
}

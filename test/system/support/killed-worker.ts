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
}

/** Processes that do one task each and are killed, the next one always started in advance. */
export class Workers implements AsyncDisposable {
  #next = startWorker();

  /** Lets a worker finish, and takes the times. */
  async time(task: WorkerTask, folder: string): Promise<WorkerTimes> {
    const worker = await this.#take();
    const wasThere = existsSync(folder);
    await worker.begin(task);
    const begun = performance.now();
    let done: number | undefined;
    const finished = worker.printed("done").then(() => (done = performance.now() - begun));
    await turnOf(folder, wasThere);
    const turn = performance.now() - begun;
    await finished;
    await worker.kill();
    this.#next = startWorker();
    return { turn, done: done ?? turn };
  }

  /** Kills a worker with SIGKILL at a moment of its work, and waits until it is gone. */
  async kill(task: WorkerTask, folder: string, { from, afterMs }: KillMoment): Promise<void> {
    const worker = await this.#take();
    const wasThere = existsSync(folder);
    await worker.begin(task);
    if (from === "turn") await turnOf(folder, wasThere);
    const end = performance.now() + afterMs;
    // A timer is too coarse for the last millisecond.
    if (afterMs > 2) await new Promise((resolve) => setTimeout(resolve, afterMs - 2));
    while (performance.now() < end) await new Promise(setImmediate);
    const gone = worker.kill();
    this.#next = startWorker();
    await gone;
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

/** Resolves as soon as a folder has appeared or vanished. */
async function turnOf(folder: string, wasThere: boolean): Promise<void> {
  while (existsSync(folder) === wasThere) await new Promise(setImmediate);
}

function startWorker(): Worker {
  const child = spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "pipe"] });
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

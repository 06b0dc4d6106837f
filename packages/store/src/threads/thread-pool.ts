import { availableParallelism } from "node:os";
import { rareBuiltins } from "../rare-builtins.js";
import { threadFailure } from "./thread-failure.js";

/** How long an idle thread is kept. Milliseconds. */
const idleMs = 1000;

interface Job {
  readonly message: { readonly task: string; readonly input: unknown; readonly moved: readonly ArrayBuffer[] };
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

const idle: Thread[] = [];
const waiting: Job[] = [];
let working = 0;

/**
 * Runs the function `run` of `tasks/<task>.js` in a worker thread: at most one for each processor, started when needed,
 * gone when idle. They never keep the process alive.
 * @param moved buffers of `input` that move to the thread instead of being copied: they are empty here afterwards, and their memory is free once the task has ended
 * @throws BENTO_INTERNAL for whatever the task throws, or ends the thread
 */
export function runInThread<R>(task: string, input: unknown, moved: readonly ArrayBuffer[] = []): Promise<R> {
  return new Promise<R>((resolve, rejectWith) => {
    const reject = (error: unknown): void => rejectWith(threadFailure(task, error));
    waiting.push({ message: { task, input, moved }, resolve, reject });
    startNext();
  });
}

/**
 * The same without a thread, for work that is done sooner than a thread has started.
 * @throws BENTO_INTERNAL for whatever the task throws
 */
export async function runHere<R>(task: string, input: unknown): Promise<R> {
  try {
    const { run } = (await import(`./tasks/${task}.js`)) as { readonly run: (input: unknown) => Promise<{ readonly value: R }> };
    return (await run(input)).value;
  } catch (error) {
    throw threadFailure(task, error);
  }
}

function startNext(): void {
  if (waiting.length === 0 || working >= availableParallelism()) return;
  const job = waiting.shift() as Job;
  working += 1;
  try {
    (takeIdle(job.message.task) ?? new Thread()).start(job);
  } catch (error) {
    // No thread can be made, or the input cannot be sent: this job fails, not the pool.
    working -= 1;
    job.reject(error);
    startNext();
  }
}

/** Rather a thread that did the same before: it has loaded what that needs, and keeps the memory of it. */
function takeIdle(task: string): Thread | undefined {
  const same = idle.findLast((thread) => thread.task === task) ?? idle.at(-1);
  if (same !== undefined) remove(same);
  return same;
}

/** A worker thread, which does one job after the other. */
class Thread {
  /** What it did last. */
  task: string | undefined;
  readonly #worker = new (rareBuiltins.workerThreads().Worker)(new URL("thread.js", import.meta.url));
  #job: Job | undefined;
  #retirement: NodeJS.Timeout | undefined;

  constructor() {
    this.#worker.on("message", ({ value, error }: { readonly value: never; readonly error: unknown }) => {
      const job = this.#end();
      this.#rest();
      if (error === undefined) job?.resolve(value);
      else job?.reject(error);
      startNext();
    });
    this.#worker.on("error", (error) => this.#die(error));
    // An answer that cannot be read is none, and no other will come.
    this.#worker.on("messageerror", (error) => {
      this.#die(error);
      void this.#worker.terminate();
    });
    this.#worker.on("exit", () => this.#die(new Error("The thread ended in the middle of its work.")));
  }

  start(job: Job): void {
    clearTimeout(this.#retirement);
    try {
      this.#worker.postMessage(job.message, [...job.message.moved]);
    } catch (error) {
      this.#rest();
      throw error;
    }
    this.#worker.ref();
    this.#job = job;
    this.task = job.message.task;
  }

  #end(): Job | undefined {
    const job = this.#job;
    this.#job = undefined;
    if (job !== undefined) working -= 1;
    return job;
  }

  #rest(): void {
    this.#worker.unref();
    this.#retirement = setTimeout(() => {
      remove(this);
      void this.#worker.terminate();
    }, idleMs).unref();
    idle.push(this);
  }

  #die(error: unknown): void {
    clearTimeout(this.#retirement);
    remove(this);
    this.#end()?.reject(error);
    startNext();
  }
}

function remove(thread: Thread): void {
  const index = idle.indexOf(thread);
  if (index !== -1) idle.splice(index, 1);
}

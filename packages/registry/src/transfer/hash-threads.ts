import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { BentoError } from "@bento/core";
import { onDisk } from "@bento/store/archives";

/** More would read the disk in too many places at once. */
const mostThreads = 4;

/** A piece of a file. */
export interface FileRange {
  /** Absolute. */
  readonly path: string;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

interface Answer {
  readonly id: number;
  readonly digests?: readonly string[];
  readonly failure?: { readonly message: string; readonly code?: string; readonly syscall?: string };
}

/**
 * Threads that digest files with SHA-256, on as many cores as there are: 1.6 GB a second on each. They read the files
 * themselves, so that no bytes move between threads, and hold one MiB each. Gone with whatever they do when disposed.
 */
export class HashThreads implements AsyncDisposable {
  readonly #threads: HashThread[] = [];
  readonly #most = Math.min(availableParallelism(), mostThreads);
  #streams = 0;

  /** The digest of each range by itself. @throws BENTO_STORE_FAILED when a file cannot be read */
  async digests(ranges: readonly FileRange[]): Promise<readonly string[]> {
    return this.#idlest().ask(ranges);
  }

  /** A digest of a file that becomes known piece by piece. */
  running(): RunningDigest {
    return new RunningDigest(this.#idlest(), (this.#streams += 1));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.splice(0).map((thread) => thread.end()));
  }

  /** The thread with the least to read; another one while there may be more. */
  #idlest(): HashThread {
    const idlest = this.#threads.toSorted((a, b) => a.bytes - b.bytes)[0];
    if (idlest !== undefined && (idlest.bytes === 0 || this.#threads.length >= this.#most)) return idlest;
    const thread = new HashThread();
    this.#threads.push(thread);
    return thread;
  }
}

/** A digest that goes on while a file grows. */
export class RunningDigest {
  readonly #thread: HashThread;
  readonly #id: number;

  constructor(thread: HashThread, id: number) {
    this.#thread = thread;
    this.#id = id;
  }

  /** The next piece. Pieces are digested in the order in which they are given. @throws BENTO_STORE_FAILED */
  async add(range: FileRange): Promise<void> {
    await this.#thread.ask([range], { stream: this.#id });
  }

  /** The same, and the digest of the piece by itself: all from one look at it. @throws BENTO_STORE_FAILED */
  async addDigested(range: FileRange): Promise<string> {
    const [digest] = await this.#thread.ask([range], { stream: this.#id, each: true });
    return digest as string;
  }

  /** The digest of all pieces. */
  async result(): Promise<string> {
    const [digest] = await this.#thread.ask([], { stream: this.#id, isLast: true });
    return digest as string;
  }
}

class HashThread {
  /** It needs none of the program's own options, some of which are refused to a file: `--input-type` of `node -e`. */
  readonly #worker = new Worker(new URL("hash-thread.js", import.meta.url), { execArgv: [] });
  readonly #waiting = new Map<number, { resolve: (digests: readonly string[]) => void; reject: (error: unknown) => void }>();
  #failure: unknown;
  #last = 0;
  /** What it has been asked to read and has not read yet. */
  bytes = 0;

  constructor() {
    this.#worker.unref();
    this.#worker.on("message", (answer: Answer) => this.#take(answer));
    this.#worker.on("error", (error) => this.#fail(error));
    this.#worker.on("exit", () => this.#fail(new Error("The thread that digests files has ended.")));
  }

  async ask(
    ranges: readonly FileRange[],
    rest: { readonly stream?: number; readonly each?: boolean; readonly isLast?: boolean } = {},
  ): Promise<readonly string[]> {
    if (this.#failure !== undefined) throw this.#failure;
    const id = (this.#last += 1);
    const bytes = ranges.reduce((total, { start, end }) => total + end - start, 0);
    this.bytes += bytes;
    // A thread that works keeps the process alive, one that waits does not.
    this.#worker.ref();
    try {
      return await onDisk("read", ranges[0]?.path ?? "", () => {
        const answered = new Promise<readonly string[]>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is a rule for windows; this is a thread
        this.#worker.postMessage({ id, ranges, ...rest });
        return answered;
      });
    } finally {
      this.bytes -= bytes;
      if (this.#waiting.size === 0) this.#worker.unref();
    }
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #take({ id, digests, failure }: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (failure === undefined) waiting?.resolve(digests ?? []);
    else waiting?.reject(Object.assign(new Error(failure.message), failure));
  }

  #fail(cause: unknown): void {
    this.#failure ??= new BentoError("BENTO_INTERNAL", "The thread that digests files has ended.", { cause });
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}

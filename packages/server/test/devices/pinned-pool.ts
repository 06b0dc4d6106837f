import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

// Worker processes run the built package, and so does what starts them.
import { type AppOptions, createApp, serve, type ServeOptions } from "../../dist/index.js";
import { json } from "../doors.js";
import { Pinned } from "../fixtures/pinned-service.mjs";

const entry = new URL("../fixtures/pinned-service.mjs", import.meta.url);
const lock = fileURLToPath(new URL("../fixtures/device-lock.cjs", import.meta.url));
const execArgv = ["--require", lock];

/** What a worker says of itself. */
export interface Where {
  readonly pid: number;
  readonly worker: { readonly index: number; readonly count: number; readonly devices: readonly string[] };
  readonly environ: Readonly<Record<string, string | undefined>>;
}

/** Workers of `pinned-service.mjs`, whose devices are locked by `device-lock.cjs`. */
export class Pool implements AsyncDisposable {
  readonly #send: (path: string, init?: RequestInit) => Promise<Response>;
  readonly #close: () => Promise<unknown>;

  constructor(send: (path: string, init?: RequestInit) => Promise<Response>, close: () => Promise<unknown>) {
    this.#send = send;
    this.#close = close;
  }

  /** Behind an app. */
  static async start(options: AppOptions, service = Pinned): Promise<Pool> {
    const app = await createApp(service, { entry, execArgv, ...options });
    return new Pool(
      async (path, init) => app.request(path, init),
      () => app.close(),
    );
  }

  /** Behind a server of this process. */
  static async serveHere(options: ServeOptions, service = Pinned): Promise<Pool> {
    const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const server = await serve(service, { entry, execArgv, port: 0, handleSignals: false, logger, ...options });
    return new Pool(
      (path, init) => fetch(server.url + path, init),
      () => server.close(),
    );
  }

  /** Behind a program of its own, whose workers may share a port. */
  static async serve(service: string, options: ServeOptions): Promise<Pool> {
    const env = { ...process.env, TEST_SERVICE: service, TEST_OPTIONS: JSON.stringify({ execArgv, ...options }) };
    const program = fork(fileURLToPath(new URL("../fixtures/serve-pinned.mjs", import.meta.url)), { env, execArgv: [], stdio: "ignore" });
    const ended = once(program, "exit");
    const early = ended.then(() => Promise.reject(new Error("the program ended: are the packages built?")));
    early.catch(() => undefined);
    const [url] = (await Promise.race([once(program, "message"), early])) as [string];
    // Each call on a connection of its own, so that they are spread; a call that a killed worker took with it must not hold up the test.
    const send = (path: string, init: RequestInit = {}) =>
      fetch(url + path, {
        ...init,
        headers: { ...(init.headers as Record<string, string>), connection: "close" },
        signal: AbortSignal.timeout(2000),
      });
    return new Pool(send, async () => {
      program.kill();
      await ended;
    });
  }

  /** The status of `/readyz`, and what it says. */
  async readiness(): Promise<string> {
    const response = await this.#send("/readyz");
    return `${response.status} ${await response.text()}`.trim();
  }

  async ask(): Promise<Where | undefined> {
    const response = await this.#send("/where", json({})).catch(() => undefined);
    return response?.ok === true ? ((await response.json()) as Where) : undefined;
  }

  /** What each worker says, in their order, when as many as there are answer and fit. */
  async everyWorker(count: number, fits: (where: Where) => boolean = () => true): Promise<readonly Where[]> {
    const found = new Map<number, Where>();
    const look = async () => {
      const answers = await Promise.all(Array.from({ length: count * 2 }, () => this.ask()));
      for (const answer of answers) if (answer !== undefined && fits(answer)) found.set(answer.worker.index, answer);
      return found.size;
    };
    await expect.poll(look, { timeout: 30_000, interval: 50 }).toBe(count);
    return [...found.values()].toSorted((a, b) => a.worker.index - b.worker.index);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async close(): Promise<void> {
    await this.#close();
  }
}

/** The variable of each worker's own `/proc/self/environ`. */
export function visible(workers: readonly Where[], variable = "CUDA_VISIBLE_DEVICES"): readonly (string | undefined)[] {
  return workers.map(({ environ }) => environ[variable]);
}

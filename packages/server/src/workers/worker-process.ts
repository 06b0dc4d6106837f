import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

import { BentoError } from "@bento/core";

import type { ServiceOutline } from "../executor/outline.js";
import { Caller, type PendingCall, type ReplyListener } from "../wire/caller.js";
import { protocolVersion } from "../wire/frame.js";
import { errorFromHead } from "../wire/wire-error.js";
import type { FromWorker, InitNotice, ToWorker } from "./messages.js";
import type { Connect } from "./transport.js";
import type { WorkerLife } from "./restart-policy.js";

/** What a worker is started with. */
export interface WorkerProcessOptions {
  /** How log lines and errors call it: `Digits[2]`. */
  readonly name: string;
  readonly init: Omit<InitNotice, "type" | "version">;
  /** Starts the process and connects to it. */
  readonly connect: Connect;
  /** The exact versions of the models that a worker declares. */
  readonly pin: (tags: readonly string[]) => Promise<Readonly<Record<string, string>>>;
  /** Milliseconds from the start of the process until it must be ready. */
  readonly startTimeoutMs: number;
}

/** How a process ended. */
export interface WorkerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly life: WorkerLife;
}

/** One worker process, seen from the server: from its start to its end, exactly once each. */
export class WorkerProcess {
  readonly name: string;
  /** Resolves when its start-up hooks are through. @throws what stopped its start */
  readonly ready: Promise<ServiceOutline>;
  /** Resolves when the process is gone, whatever it died of. */
  readonly exited: Promise<WorkerExit>;
  readonly startedAt = performance.now();
  /** Resident memory at its last sign of life. Bytes. */
  rss = 0;
  /** When it last gave a sign of life; see `performance.now()`. */
  lastSeenAt = performance.now();
  readonly #options: WorkerProcessOptions;
  readonly #child: ChildProcess;
  #caller: Caller | undefined;
  #readyAt: number | undefined;
  #answered = 0;
  #isStopping = false;
  #failure: BentoError | undefined;
  #settleReady!: { resolve: (service: ServiceOutline) => void; reject: (error: unknown) => void };

  constructor(options: WorkerProcessOptions) {
    this.name = options.name;
    this.#options = options;
    this.ready = new Promise((resolve, reject) => (this.#settleReady = { resolve, reject }));
    // Whoever only waits for the end must not be made to look at the start.
    this.ready.catch(() => undefined);
    const { child, socket } = options.connect();
    this.#child = child;
    this.exited = this.#whenExited();
    socket.then(
      (connected) => {
        this.#caller = new Caller(
          connected,
          { onNotice: (notice) => this.#take(notice as FromWorker), onClose: () => this.#disconnected() },
          () => this.#died(),
        );
        this.#tell({ type: "init", version: protocolVersion, ...options.init });
      },
      (error: unknown) => this.#fail(error),
    );
    const timer = setTimeout(() => this.#fail(this.#slowStart()), options.startTimeoutMs);
    void Promise.race([this.exited, this.ready.catch(() => undefined)]).then(() => clearTimeout(timer));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Whether calls can be given to it. */
  get isReady(): boolean {
    return this.#readyAt !== undefined && !this.#isStopping && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Calls whose answer is not complete. */
  get inFlight(): number {
    return this.#caller?.inFlight ?? 0;
  }

  /** Calls that were answered. */
  get answered(): number {
    return this.#answered;
  }

  /** Bytes that it has not taken yet. */
  get backlogBytes(): number {
    return this.#caller?.backlogBytes ?? 0;
  }

  /** Gives it a call. Whatever happens, the listener hears of it once. */
  call(head: string, body: Uint8Array, listener: ReplyListener): PendingCall {
    const caller = this.#caller as Caller;
    return caller.call(head, body, {
      onReply: (replyHead, replyBody) => {
        this.#answered += 1;
        listener.onReply(replyHead, replyBody);
      },
      onFail: (error) => {
        if (!BentoError.is(error, "BENTO_WORKER_DIED")) this.#answered += 1;
        listener.onFail(error);
      },
      onLateError: (error) => listener.onLateError(error),
    });
  }

  /** Asks for a sign of life. */
  ping(): void {
    this.#tell({ type: "ping" });
  }

  /**
   * Takes it out of service: no new calls, those in flight finish, then its shutdown hooks run. What is not gone after
   * the time is killed.
   */
  async stop(graceMs: number): Promise<WorkerExit> {
    this.#isStopping = true;
    this.#tell({ type: "stop" });
    const timer = setTimeout(() => this.kill(), graceMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends it at once. */
  kill(): void {
    // What is stopped cannot hear any other signal.
    this.#child.kill("SIGKILL");
  }

  #tell(notice: ToWorker): void {
    this.#caller?.notify(notice);
  }

  #take(notice: FromWorker): void {
    this.lastSeenAt = performance.now();
    switch (notice.type) {
      case "models":
        this.#options.pin(notice.tags).then(
          (pins) => this.#tell({ type: "pins", pins }),
          (error: unknown) => this.#fail(error),
        );
        break;
      case "ready":
        this.#readyAt = performance.now();
        this.#settleReady.resolve(notice.service);
        break;
      case "failed":
        this.#fail(errorFromHead(notice.error));
        break;
      case "pong":
        this.rss = notice.rss;
        break;
      default:
    }
  }

  /** It cannot start, or not go on. */
  #fail(error: unknown): void {
    this.#failure ??= BentoError.from(error);
    this.#settleReady.reject(error);
    this.kill();
  }

  /** A worker that let go of its server is of no use any more, whether it lives on or not. */
  #disconnected(): void {
    if (this.#child.exitCode === null && this.#child.signalCode === null && !this.#isStopping) this.kill();
  }

  async #whenExited(): Promise<WorkerExit> {
    const [code, signal] = (await Promise.race([
      once(this.#child, "exit"),
      // Node says nothing of an exit where there was no start.
      once(this.#child, "error").then(([error]) => {
        this.#failure ??= BentoError.from(error);
        return [null, null];
      }),
    ]).catch((error: unknown) => {
      this.#failure ??= BentoError.from(error);
      return [null, null];
    })) as [number | null, NodeJS.Signals | null];
    const readyMs = this.#readyAt === undefined ? 0 : performance.now() - this.#readyAt;
    // The connection may hold answers that were written before the end.
    void this.#caller?.end();
    this.#settleReady.reject(this.#failure ?? this.#endedInStart(code, signal));
    return { code, signal, life: { wasReady: this.#readyAt !== undefined, answered: this.#answered, readyMs } };
  }

  #died(): BentoError {
    return new BentoError("BENTO_WORKER_DIED", `The worker ${this.name} died while it worked on this request.`, {
      hint: "It may or may not have been carried out; send it again if that does no harm.",
    });
  }

  #endedInStart(code: number | null, signal: NodeJS.Signals | null): BentoError {
    const how = signal === null ? `with exit code ${String(code)}` : `by ${signal}`;
    return new BentoError("BENTO_WORKER_FAILED", `The worker ${this.name} ended ${how} before it was ready.`, {
      hint: "What it wrote before is in the log, under its name.",
    });
  }

  #slowStart(): BentoError {
    return new BentoError("BENTO_WORKER_FAILED", `The worker ${this.name} was not ready after ${this.#options.startTimeoutMs / 1000} seconds.`, {
      hint: "Make its start-up hooks faster, or raise the option startTimeoutMs.",
    });
  }
}

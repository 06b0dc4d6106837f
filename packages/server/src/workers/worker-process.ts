import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

import { BentoError } from "@bento/core";

import type { ServiceOutline } from "../executor/outline.js";
import type { Notice } from "../wire/notice.js";
import { Caller, type PendingCall } from "../wire/caller.js";
import type { ReplyListener } from "../wire/outgoing-call.js";
import { protocolVersion } from "../wire/frame.js";
import { errorFromHead } from "../wire/wire-error.js";
import { LaunchedProcess, type ProcessEnd } from "./launched-process.js";
import type { BatchesNotice, FromWorker, InitNotice, MeasuresNotice, ModelsNotice, Pins, PinsNotice, ToWorker } from "./messages.js";
import type { WorkerLife } from "./restart-policy.js";
import type { Connect } from "./transport.js";
import { endedInStart, slowStart, workerDied } from "./worker-errors.js";

/** What a worker is started with. */
export interface WorkerProcessOptions {
  /** How log lines and errors call it: `Digits[2]`. */
  readonly name: string;
  readonly init: Omit<InitNotice, "type" | "version">;
  /** Starts the process and connects to it. */
  readonly connect: Connect;
  /** The exact versions of the models that a worker declares, of which its constructor may have used some already. */
  readonly pin: (models: ModelsNotice) => Promise<Omit<PinsNotice, "type">>;
  /** Milliseconds from the start of the process until it must be ready. */
  readonly startTimeoutMs: number;
  /** What is left to do once its start-up hooks are through, before it counts as ready. */
  readonly admit?: (() => Promise<void> | undefined) | undefined;
  /** Told what it has counted of batches, every now and then and at its end. */
  readonly onBatches?: ((batches: BatchesNotice["batches"]) => void) | undefined;
  /** Told what its service has counted itself, every now and then and at its end. */
  readonly onMeasures?: ((measures: MeasuresNotice["measures"]) => void) | undefined;
  /** Told of every notice that does not concern its life. */
  readonly onNotice?: ((notice: Notice) => void) | undefined;
  /** Told when nothing more will come from it. */
  readonly onDisconnect?: (() => void) | undefined;
}

/** How a process ended. */
export interface WorkerExit extends Omit<ProcessEnd, "error"> {
  /** Why, where somebody said so: the worker itself, or who killed it. */
  readonly failure: Error | undefined;
  readonly life: WorkerLife;
}

/** How long a process may outlive its connection, and its connection and output the process. Milliseconds. */
const lingerMs = 250;

/** One worker process, seen from the server: from its start to its end, exactly once each. */
export class WorkerProcess {
  readonly name: string;
  /** Its number among the workers, from 1. */
  readonly index: number;
  /** Resolves when its start-up hooks are through. @throws what stopped its start */
  readonly ready: Promise<ServiceOutline>;
  /** Resolves when the process is gone, whatever it died of. */
  readonly exited: Promise<WorkerExit>;
  readonly startedAt = performance.now();
  /** Resident memory at its last sign of life. Bytes. */
  rss = 0;
  /** Resident memory when it became ready. Bytes. */
  rssAtStart = 0;
  /** Calls that it answered without this process. */
  answeredByItself = 0;
  /** The models that it was told to serve. */
  models: Pins = {};
  readonly #options: WorkerProcessOptions;
  readonly #process: LaunchedProcess;
  #caller: Caller | undefined;
  #readyAt: number | undefined;
  #answered = 0;
  #unansweredPings = 0;
  #isConnected = false;
  #isStopping = false;
  #doing = "starting the process";
  #startTimer: NodeJS.Timeout | undefined;
  #failure: Error | undefined;
  #settleReady!: { resolve: (service: ServiceOutline) => void; reject: (error: unknown) => void };

  constructor(options: WorkerProcessOptions) {
    this.name = options.name;
    this.index = options.init.worker.index;
    this.#options = options;
    this.ready = new Promise((resolve, reject) => (this.#settleReady = { resolve, reject }));
    // Whoever only waits for the end must not be made to look at the start.
    this.ready.catch(() => undefined);
    this.#process = new LaunchedProcess(options.connect);
    this.#limitStart();
    this.exited = this.#process.ended.then((end) => {
      clearTimeout(this.#startTimer);
      return this.#end(end);
    });
    this.ready.then(() => clearTimeout(this.#startTimer)).catch(() => undefined);
    this.#process.socket.then((connected) => this.#connect(connected)).catch((error: unknown) => this.fail(error as Error));
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Whether calls can be given to it. */
  get isReady(): boolean {
    return this.#readyAt !== undefined && this.#isConnected && !this.#isStopping;
  }

  /** Calls whose answer is not complete. */
  get inFlight(): number {
    return this.#caller?.inFlight ?? 0;
  }

  /** Calls that were answered. */
  get answered(): number {
    return this.#answered + this.answeredByItself;
  }

  /** Bytes that it has not taken yet. */
  get backlogBytes(): number {
    return this.#caller?.backlogBytes ?? 0;
  }

  /** How often it was asked for a sign of life since it last gave one. */
  get unansweredPings(): number {
    return this.#unansweredPings;
  }

  /** Milliseconds since it became ready. */
  get readyMs(): number {
    return this.#readyAt === undefined ? 0 : performance.now() - this.#readyAt;
  }

  /** Gives it a call. Whatever happens, the listener hears of it once. */
  call(head: string, body: Uint8Array | AsyncIterator<Uint8Array, undefined>, listener: ReplyListener): PendingCall {
    const caller = this.#caller as Caller;
    const own: ReplyListener = {
      onReply: (replyHead, replyBody) => {
        this.#answered += 1;
        listener.onReply(replyHead, replyBody);
      },
      onFail: (error) => {
        if (!BentoError.is(error, "BENTO_WORKER_DIED")) this.#answered += 1;
        listener.onFail(error);
      },
      onLateError: (error) => listener.onLateError(error),
      onEnd: listener.onEnd,
      onReading: listener.onReading,
    };
    return body instanceof Uint8Array ? caller.call(head, body, own) : caller.open(head, body, own);
  }

  /** Asks it something that is no call: it does not count as one. */
  ask(head: string, body: Uint8Array): Promise<Uint8Array | AsyncIterable<Uint8Array>> {
    return new Promise((resolve, reject) => {
      (this.#caller as Caller).call(head, body, { onReply: (_, answer) => resolve(answer), onFail: reject, onLateError: reject });
    });
  }

  /** Tells it something that does not concern its life. */
  notify(notice: Notice): void {
    this.#caller?.notify(notice);
  }

  /** Asks for a sign of life. */
  ping(): void {
    this.#unansweredPings += 1;
    this.#tell({ type: "ping" });
  }

  /**
   * Takes it out of service: no new calls, those in flight get their time, then its shutdown hooks run. What is not gone
   * by then is killed.
   * @param finishMs milliseconds for the calls in flight; the shutdown hooks have a time of their own
   */
  async stop(finishMs: number): Promise<WorkerExit> {
    this.#isStopping = true;
    if (this.#isConnected) this.#tell({ type: "stop", finishMs });
    else this.kill();
    const patience = finishMs + this.#options.init.shutdownTimeoutMs + 1000;
    const timer = setTimeout(() => this.kill(), patience);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends it at once, for a reason. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#settleReady.reject(error);
    this.kill();
  }

  /** Ends it at once. */
  kill(): void {
    this.#process.kill();
  }

  #connect(socket: Duplex): void {
    this.#isConnected = true;
    this.#caller = new Caller(
      socket,
      { onNotice: (notice) => this.#take(notice as FromWorker), onClose: (cause) => void this.#disconnected(cause) },
      () => workerDied(this.name),
    );
    this.#tell({ type: "init", version: protocolVersion, ...this.#options.init });
  }

  #tell(notice: ToWorker): void {
    this.notify(notice);
  }

  #take(notice: FromWorker): void {
    switch (notice.type) {
      case "phase":
        this.#doing = notice.doing;
        break;
      case "models":
        void this.#pin(notice);
        break;
      case "ready":
        this.rss = notice.rss;
        this.rssAtStart = notice.rss;
        void this.#admit(notice.service);
        break;
      case "failed":
        this.#failed(errorFromHead(notice.error));
        break;
      case "pong":
        this.#unansweredPings = 0;
        this.rss = notice.rss;
        break;
      case "batches":
        this.#options.onBatches?.(notice.batches);
        break;
      case "measures":
        this.#options.onMeasures?.(notice.measures);
        break;
      default:
        this.#options.onNotice?.(notice);
    }
  }

  #limitStart(): void {
    const { startTimeoutMs } = this.#options;
    this.#startTimer = setTimeout(() => this.fail(slowStart(this.name, startTimeoutMs, this.#doing)), startTimeoutMs);
  }

  /** Models may have to be fetched first: that takes as long as it takes, and the rest of the start gets its time from there. */
  async #pin(notice: ModelsNotice): Promise<void> {
    clearTimeout(this.#startTimer);
    try {
      const told = await this.#options.pin(notice);
      this.models = told.pins;
      if (this.#isConnected) this.#limitStart();
      this.#tell({ type: "pins", ...told });
    } catch (error) {
      this.fail(error as Error);
    }
  }

  /** It cannot start, or not go on; or it is ending, though not well. */
  #failed(reason: Error): void {
    if (this.#isStopping) this.#failure ??= reason;
    else this.fail(reason);
  }

  async #admit(service: ServiceOutline): Promise<void> {
    try {
      const admitted = this.#options.admit?.();
      if (admitted !== undefined) await admitted;
      this.#readyAt = performance.now();
      this.#settleReady.resolve(service);
    } catch (error) {
      this.fail(error as Error);
    }
  }

  /** A worker that let go of its server is of no use any more: it is ending, or it is ended. */
  async #disconnected(cause: Error | undefined): Promise<void> {
    this.#isConnected = false;
    this.#options.onDisconnect?.();
    if (BentoError.is(cause)) this.#failure ??= cause;
    // Who stops runs its shutdown hooks, and has its own time for that.
    if (this.#isStopping) return;
    const isGone = await Promise.race([this.exited.then(() => true), sleep(lingerMs, false)]);
    if (!isGone) this.kill();
  }

  #end({ code, signal, error }: ProcessEnd): WorkerExit {
    const wasReady = this.#readyAt !== undefined;
    const { readyMs } = this;
    this.#failure ??= error;
    this.#settleReady.reject(this.#failure ?? endedInStart(this.name, code, signal));
    // Answers and lines that were written before the end still come; a process that it leaves behind may hold both open.
    setTimeout(() => {
      this.#caller?.destroy();
      this.#process.release();
    }, lingerMs).unref();
    return { code, signal, failure: this.#failure, life: { wasReady, answered: this.answered, readyMs } };
  }
}

import { setTimeout as sleep } from "node:timers/promises";

import { BentoError } from "@bento/core";

import type { Executor } from "../executor/executor.js";
import type { Accepting, HttpListener } from "../http-listener.js";
import { errorFromHead, errorToHead } from "../wire/wire-error.js";
import type { Notice } from "../wire/notice.js";
import type { WorkerProcess } from "../workers/worker-process.js";
import { type AcceptingKeeper, keepAccepting } from "./accepting.js";
import { ClusterTransport } from "./cluster-transport.js";
import type { CrossingOptions } from "./crossing-options.js";
import type { DoorSettings, FromDoor, ServiceState, ToDoor } from "./notices.js";
import { GatheredMetrics } from "./gathered-metrics.js";
import type { StandIn } from "./stand-in.js";

/** Options of a {@link SharedPort}. */
export interface SharedPortOptions {
  readonly host: string;
  readonly app: CrossingOptions;
  /** Milliseconds that requests in flight get to finish. */
  readonly drainTimeoutMs: number;
  /** Why it cannot be had; `undefined` when it can. */
  readonly obstacle: string | undefined;
}

/** What all workers say of the service comes from there. */
type ServiceHealth = Pick<Executor, "isReady" | "trouble" | "models">;

/** What a worker gets at the end of a drain, though another one has taken all the time. Milliseconds. */
const lastWordMs = 1000;
/** How often the state is looked at. Milliseconds. */
const announceEveryMs = 500;

/** What answers before workers listen. */
interface OpeningParts {
  /** Makes what answers in this process, whenever no worker listens. */
  readonly standInOn: (accepting: Accepting) => StandIn;
  /** Settles when those who waited for the port are served: then workers load what they listen with. */
  readonly firstCallers: Promise<void>;
}

/**
 * The port that workers share, seen from the server: tells each worker when to listen and what to say of the service's
 * state, adds up what they count, and holds the port while none of them can.
 */
export class SharedPort {
  /** Why workers cannot share it; `undefined` when they can. */
  readonly obstacle: string | undefined;
  readonly transport = new ClusterTransport((pid) => this.#left(pid));
  readonly #options: SharedPortOptions;
  readonly #members = new Set<WorkerProcess>();
  /** Ready before workers were to listen. */
  readonly #early = new Set<WorkerProcess>();
  readonly #listening = new Set<WorkerProcess>();
  readonly metrics = new GatheredMetrics(this.#listening);
  readonly #asked = new Map<WorkerProcess, { resolve: () => void; reject: (error: Error) => void }>();
  #executor: ServiceHealth | undefined;
  #door: Omit<DoorSettings, "name"> | undefined;
  #standInOn: ((accepting: Accepting) => StandIn) | undefined;
  #standIn: StandIn | undefined;
  /** Those that answer what they had begun before a worker listened. */
  readonly #leaving = new Set<StandIn>();
  #accepting: Accepting | undefined;
  readonly #keeper: AcceptingKeeper = {
    begin: (accepting) => (this.#accepting = accepting),
    keep: (accepting) => this.#keep(accepting),
    handOver: () => this.#endStandIn(),
  };
  #timer: NodeJS.Timeout | undefined;
  /** The state that all workers know of. */
  #told = "";
  #isClosing = false;
  /** When requests in flight have had their time; see `performance.now()`. */
  #drainEnd = 0;

  constructor(options: SharedPortOptions) {
    this.obstacle = options.obstacle;
    this.#options = options;
  }

  /** Whether there are workers that are to listen on it. */
  get isUsed(): boolean {
    return this.#members.size > 0;
  }

  /** The port that it really is. */
  get port(): number {
    return (this.#door as DoorSettings).port;
  }

  /** A worker was started. */
  add(worker: WorkerProcess): void {
    this.#members.add(worker);
    void this.#removeAtEnd(worker);
  }

  /** Lets a worker listen that became ready after the port was opened; there is nothing to wait for before. */
  admit(worker: WorkerProcess): Promise<void> | undefined {
    if (this.#executor !== undefined) return this.#listen(worker, this.#executor);
    this.#early.add(worker);
    return undefined;
  }

  /** Nothing more will be heard of a worker. */
  forget(worker: WorkerProcess): void {
    this.metrics.end(worker);
  }

  /**
   * Lets all workers listen. Until they do, this process answers with their help, so that who waited for the port does
   * not wait for that as well.
   * @param executor whether the service can answer calls is what it says
   * @param listener listens on the port already; it is this port's now
   * @throws BENTO_WORKER_FAILED when a worker ends before it listens
   */
  async open(executor: ServiceHealth, listener: HttpListener, { standInOn, firstCallers }: OpeningParts): Promise<void> {
    const { host, app } = this.#options;
    this.#standInOn = standInOn;
    this.#standIn = standInOn(listener.release());
    this.#door = { host, port: listener.port, app };
    await firstCallers;
    const results = await Promise.allSettled([...this.#early].map((worker) => this.#listen(worker, executor)));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) {
      this.#isClosing = true;
      await this.#standIn?.drain();
      throw failed.reason;
    }
    this.#executor = executor;
    // Who came while the others were told.
    for (const worker of this.#early)
      if (!this.#listening.has(worker)) this.#listen(worker, executor).catch((error: Error) => worker.fail(error));
    this.announce();
    // A crash loop is over when some time has passed, of which nobody is told.
    this.#timer = setInterval(() => this.announce(), announceEveryMs).unref();
  }

  /** Tells all workers what `/readyz` is to say, where that has changed. */
  announce(): void {
    if (this.#executor === undefined) return;
    const state = this.#stateOf(this.#executor);
    const told = JSON.stringify(state);
    if (told === this.#told) return;
    this.#told = told;
    for (const worker of this.#listening) tell(worker, { type: "state", state });
  }

  /** A worker says something that concerns the port. */
  take(worker: WorkerProcess, notice: Notice): void {
    const said = notice as FromDoor;
    switch (said.type) {
      case "listening":
        this.#listening.add(worker);
        this.#asked.get(worker)?.resolve();
        break;
      case "not-listening":
        this.#asked.get(worker)?.reject(errorFromHead(said.error));
        break;
      case "figures":
        this.metrics.take(worker, said.figures);
        worker.answeredByItself = said.answered;
        break;
      case "scrape":
        void this.metrics.answer(worker, said.scrape);
        break;
      default:
    }
  }

  /** Takes nothing new here; the workers finish by themselves when they are told to stop. */
  async drain(timeoutMs: number): Promise<void> {
    this.#isClosing = true;
    this.#drainEnd = performance.now() + timeoutMs;
    clearInterval(this.#timer);
    this.announce();
    this.#accepting?.close();
    await Promise.race([this.transport.handOffs.idle(), sleep(timeoutMs, undefined, { ref: false })]);
    const standIns = this.#standIn === undefined ? this.#leaving : [this.#standIn, ...this.#leaving];
    await Promise.all(Array.from(standIns, (standIn) => standIn.drain()));
  }

  /** What is left for workers of the time that a drain has; those that listened meanwhile must still hear of the end. */
  drainMsLeft(): number {
    const leastMs = Math.min(lastWordMs, this.#options.drainTimeoutMs);
    return Math.max(leastMs, this.#drainEnd - performance.now());
  }

  /** Ends all workers at once. */
  force(): void {
    for (const worker of this.#members) worker.kill();
  }

  async #removeAtEnd(worker: WorkerProcess): Promise<void> {
    await worker.exited;
    this.#members.delete(worker);
    this.#early.delete(worker);
    this.#asked.get(worker)?.reject(new BentoError("BENTO_WORKER_FAILED", `The worker ${worker.name} ended before it listened.`));
    this.#asked.delete(worker);
  }

  /** The service is closed as soon as this port is. */
  #stateOf(service: ServiceHealth): ServiceState {
    const { isReady, trouble } = service;
    return { isReady: isReady && !this.#isClosing, trouble: trouble && errorToHead(trouble), models: service.models?.() };
  }

  #listen(worker: WorkerProcess, executor: ServiceHealth): Promise<void> {
    const door = { ...(this.#door as DoorSettings), name: worker.name };
    return keepAccepting(door.port, this.#keeper, () => {
      const answered = new Promise<void>((resolve, reject) => this.#asked.set(worker, { resolve, reject }));
      tell(worker, { type: "listen", door, state: this.#stateOf(executor) });
      return answered;
    });
  }

  /** This process answers from when the last worker is gone until the next one listens: the port is open all the while. */
  #keep(accepting: Accepting): boolean {
    if (this.#isClosing) return false;
    this.#standIn = this.#standInOn?.(accepting);
    return this.#standIn !== undefined;
  }

  #endStandIn(): Accepting | undefined {
    const standIn = this.#standIn;
    this.#standIn = undefined;
    if (standIn === undefined) return undefined;
    const accepting = standIn.release();
    this.#leaving.add(standIn);
    void standIn.answered().then(() => this.#leaving.delete(standIn));
    return accepting;
  }

  /** A process listens no more. */
  #left(pid: number): void {
    for (const worker of this.#listening) if (worker.pid === pid) this.#listening.delete(worker);
  }
}

function tell(worker: WorkerProcess, notice: ToDoor): void {
  worker.notify(notice);
}

import { BentoError } from "@bento/core";

import type { ServiceOutline } from "../executor/outline.js";
import type { Logger } from "../http/log.js";
import { decideRestart, type RestartRules } from "./restart-policy.js";
import { howEnded } from "./worker-errors.js";
import type { WorkerExit, WorkerProcess } from "./worker-process.js";

/** One place for a worker; the processes in it change. */
export interface WorkerPlace {
  /** From 1. */
  readonly index: number;
  /** Whether its devices are its alone: then no second process may start before the first is gone. */
  readonly isExclusive: boolean;
}

/** What a {@link WorkerSlot} needs. */
export interface WorkerSlotOptions {
  /** Starts a process for the place. */
  readonly start: (place: WorkerPlace) => WorkerProcess;
  readonly restart: RestartRules | undefined;
  /** Milliseconds that the calls in flight of a worker get that is replaced. */
  readonly finishMs: number;
  readonly logger: Logger | undefined;
  /** Told when its worker takes calls, or does not take any more. */
  readonly onChange: () => void;
}

/** A worker that dies again in less than this, and without a call, has not shown that the loop is over. Milliseconds. */
const settledMs = 10_000;

/** Keeps one worker process in one place: starts it again when it dies, and replaces it when it is told to. */
export class WorkerSlot {
  readonly place: WorkerPlace;
  readonly #options: WorkerSlotOptions;
  /** Takes calls, or is about to. */
  #current: WorkerProcess | undefined;
  /** On its way to take the place of the current one. */
  #next: WorkerProcess | undefined;
  /** On their way out. */
  readonly #leaving = new Set<Promise<WorkerExit>>();
  #replacing: Promise<ServiceOutline> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #inVain = 0;
  #isLoop = false;
  #isHopeless = false;
  #lastFailure: Error | undefined;
  #isClosing = false;

  constructor(place: WorkerPlace, options: WorkerSlotOptions) {
    this.place = place;
    this.#options = options;
  }

  /** The worker that calls can be given to. */
  get worker(): WorkerProcess | undefined {
    return this.#current?.isReady === true ? this.#current : undefined;
  }

  /** Whether its workers die again and again; over as soon as one has shown that it is of use. */
  get isCrashLooping(): boolean {
    const { worker } = this;
    return this.#isLoop && (worker === undefined || (worker.answered === 0 && worker.readyMs < settledMs));
  }

  /** Whether that has gone on for so long that another try is no use. */
  get isHopeless(): boolean {
    return this.#isHopeless && this.isCrashLooping;
  }

  /** Deaths in vain, one after the other. */
  get inVain(): number {
    return this.#inVain;
  }

  /** What the last of them was of, where that is known. */
  get lastFailure(): Error | undefined {
    return this.#lastFailure;
  }

  /**
   * Starts its first worker. That it lives on is seen to only once it is ready.
   * @throws what stopped the start
   */
  async start(): Promise<ServiceOutline> {
    const worker = this.#options.start(this.place);
    this.#current = worker;
    const service = await worker.ready;
    this.#watch(worker);
    return service;
  }

  /**
   * Puts a new process in the place. The old one serves until the new one is ready, unless its devices are its alone:
   * then it goes first, and the other workers serve meanwhile.
   * @throws what stopped the start of the new one; the old one goes on then, where it could
   */
  async replace(): Promise<ServiceOutline> {
    // Whoever asks while a replacement is on its way wants what is true now, not what was when that one started.
    while (this.#replacing !== undefined) await this.#replacing.catch(() => undefined);
    this.#replacing = this.#replace();
    try {
      return await this.#replacing;
    } finally {
      this.#replacing = undefined;
    }
  }

  /**
   * Takes the place out of service, and waits until all of its processes are gone.
   * @returns what their shutdown hooks failed with
   */
  async stop(finishMs: number): Promise<readonly Error[]> {
    this.#isClosing = true;
    clearTimeout(this.#timer);
    const exits = await Promise.all([this.#current?.stop(finishMs), this.#next?.stop(finishMs), ...this.#leaving]);
    return exits.flatMap((exit) => (exit !== undefined && endedBadly(exit) ? (exit.failure ?? []) : []));
  }

  /** Ends its processes at once. */
  kill(): void {
    this.#isClosing = true;
    clearTimeout(this.#timer);
    this.#current?.kill();
    this.#next?.kill();
  }

  async #replace(): Promise<ServiceOutline> {
    clearTimeout(this.#timer);
    const old = this.#current;
    if (this.place.isExclusive && old !== undefined) {
      this.#current = undefined;
      await this.#retire(old);
    }
    this.#throwIfClosing();
    const next = this.#options.start(this.place);
    this.#next = next;
    try {
      const service = await next.ready;
      this.#next = undefined;
      this.#current = next;
      this.#watch(next);
      this.#options.onChange();
      if (!this.place.isExclusive && old !== undefined) void this.#retire(old);
      return service;
    } catch (error) {
      this.#next = undefined;
      // Nothing is left here that could go on.
      if (this.#current === undefined) this.#watch((this.#current = next));
      throw error;
    }
  }

  #throwIfClosing(): void {
    if (this.#isClosing) throw new BentoError("BENTO_UNAVAILABLE", "The service is shut down.");
  }

  /** Takes a worker out of service. */
  #retire(worker: WorkerProcess): Promise<unknown> {
    const leaving = worker.stop(this.#options.finishMs);
    this.#leaving.add(leaving);
    this.#options.onChange();
    return leaving.finally(() => this.#leaving.delete(leaving));
  }

  /** What becomes of the place when its worker ends. */
  #watch(worker: WorkerProcess): void {
    void worker.exited.then((exit) => this.#ended(worker, exit));
  }

  #ended(worker: WorkerProcess, exit: WorkerExit): void {
    if (this.#current !== worker || this.#isClosing) return;
    this.#current = undefined;
    // One that is on its way to take the place takes it.
    if (this.#next === undefined) this.#again(worker, exit);
    else this.#options.onChange();
  }

  #again(worker: WorkerProcess, { code, signal, life, failure }: WorkerExit): void {
    if (this.#isClosing) return;
    const { restart, logger } = this.#options;
    const { delayMs, inVain, isLoop, isHopeless } = decideRestart(life, this.#inVain, restart);
    this.#inVain = inVain;
    this.#isLoop = isLoop;
    this.#isHopeless = isHopeless;
    this.#lastFailure = failure;
    const fields = { worker: worker.name, code, signal, restartInMs: delayMs, ...(failure !== undefined && { err: failure }) };
    const how = `${worker.name} ended ${howEnded(code, signal)}`;
    if (isLoop) logger?.error(fields, `${how}, ${inVain} times in a row: a crash loop`);
    else logger?.warn(fields, `${how}; another one takes its place`);
    this.#timer = setTimeout(() => this.#restart(), delayMs);
    this.#options.onChange();
  }

  #restart(): void {
    const worker = this.#options.start(this.place);
    this.#current = worker;
    worker.ready.then(() => this.#options.onChange()).catch(() => undefined);
    this.#watch(worker);
  }
}

/** Whether a worker that was told to stop failed in its shutdown hooks. Who was killed, or was not ready, did not come to them. */
function endedBadly({ signal, life }: WorkerExit): boolean {
  return signal === null && life.wasReady;
}

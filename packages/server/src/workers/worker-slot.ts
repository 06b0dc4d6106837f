import { BentoError } from "@bento/core";

import type { ServiceOutline } from "../executor/outline.js";
import type { Logger } from "../http/log.js";
import { Deaths } from "./deaths.js";
import type { RestartRules } from "./restart-policy.js";
import { whatBecameOf } from "./worker-errors.js";
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
  /** Starts a process that loads the service and does no more, without any device. */
  readonly rehearse: (place: WorkerPlace) => WorkerProcess;
  readonly restart: RestartRules | undefined;
  /** Milliseconds that the calls in flight of a worker get that is replaced. */
  readonly finishMs: () => number;
  readonly logger: Logger | undefined;
  /** Told when its worker takes calls, or does not take any more. */
  readonly onChange: () => void;
}

/** How a worker is replaced. */
export interface ReplaceOptions {
  /** Whether the files of the service may have changed: then they are loaded before an old worker goes that must go first. @default false */
  readonly isChanged?: boolean;
  /** Whether the old worker goes even if the new one cannot start, which is then tried again as after a death. @default false */
  readonly isOutdated?: boolean;
}

/** Keeps one worker process in one place: starts it again when it dies, and replaces it when it is told to. */
export class WorkerSlot {
  readonly place: WorkerPlace;
  readonly #options: WorkerSlotOptions;
  /** Takes calls, or is about to. */
  #current: WorkerProcess | undefined;
  /** On its way to take the place of the current one. */
  #next: WorkerProcess | undefined;
  /** Only to load the service. */
  #rehearsal: WorkerProcess | undefined;
  /** On their way out. */
  readonly #leaving = new Set<WorkerProcess>();
  #replacing: Promise<ServiceOutline> | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #deaths: Deaths;
  #isClosing = false;

  constructor(place: WorkerPlace, options: WorkerSlotOptions) {
    this.place = place;
    this.#options = options;
    this.#deaths = new Deaths(options.restart);
  }

  /** The worker that calls can be given to. */
  get worker(): WorkerProcess | undefined {
    return this.#current?.isReady === true ? this.#current : undefined;
  }

  /** Whether its workers die again and again; over as soon as one has shown that it is of use. */
  get isCrashLooping(): boolean {
    return this.#deaths.isLoop(this.worker);
  }

  /** Whether that has gone on for so long that another try is no use. */
  get isHopeless(): boolean {
    return this.#deaths.isHopeless(this.worker);
  }

  /** Deaths in vain, one after the other. */
  get inVain(): number {
    return this.#deaths.inVain;
  }

  /** What the last of them was of, where that is known. */
  get lastFailure(): Error | undefined {
    return this.#deaths.lastFailure;
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
  async replace(how: ReplaceOptions = {}): Promise<ServiceOutline> {
    // Whoever asks while a replacement is on its way wants what is true now, not what was when that one started.
    while (this.#replacing !== undefined) await this.#replacing.catch(() => undefined);
    this.#replacing = this.#replace(how);
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
    this.#rehearsal?.kill();
    // They were given the time of a service that goes on.
    const leaving = [...this.#leaving].map((worker) => worker.stop(finishMs));
    const exits = await Promise.all([this.#current?.stop(finishMs), this.#next?.stop(finishMs), this.#rehearsal?.exited, ...leaving]);
    return exits.flatMap((exit) => (exit !== undefined && endedBadly(exit) ? (exit.failure ?? []) : []));
  }

  /** Ends its processes at once. */
  kill(): void {
    this.#isClosing = true;
    clearTimeout(this.#timer);
    for (const worker of [this.#current, this.#next, this.#rehearsal, ...this.#leaving]) worker?.kill();
  }

  async #replace({ isChanged = false, isOutdated = false }: ReplaceOptions): Promise<ServiceOutline> {
    this.#throwIfClosing();
    if (this.place.isExclusive && isChanged && this.worker !== undefined) await this.#rehearse();
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
      const left = this.#current;
      // Nothing is left here that could go on, or is to.
      if (left === undefined || isOutdated) this.#watch((this.#current = next));
      if (left !== undefined && isOutdated) void this.#retire(left);
      throw error;
    }
  }

  /** Finds out whether the service can be loaded at all. @throws what stops that */
  async #rehearse(): Promise<void> {
    const rehearsal = this.#options.rehearse(this.place);
    this.#rehearsal = rehearsal;
    try {
      await rehearsal.ready;
    } finally {
      rehearsal.kill();
      await rehearsal.exited;
      this.#rehearsal = undefined;
      this.#throwIfClosing();
    }
  }

  #throwIfClosing(): void {
    if (this.#isClosing) throw new BentoError("BENTO_UNAVAILABLE", "The service is shut down.");
  }

  /** Takes a worker out of service. */
  async #retire(worker: WorkerProcess): Promise<void> {
    this.#leaving.add(worker);
    const leaving = worker.stop(this.#options.finishMs());
    this.#options.onChange();
    await leaving;
    this.#leaving.delete(worker);
  }

  /** What becomes of the place when its worker ends. */
  #watch(worker: WorkerProcess): void {
    void worker.exited.then((exit) => this.#ended(worker, exit));
  }

  #ended(worker: WorkerProcess, exit: WorkerExit): void {
    if (this.#current !== worker || this.#isClosing) return;
    this.#current = undefined;
    if (this.#next === undefined) return this.#again(worker, exit);
    const message = `${whatBecameOf(worker.name, exit)}; the one that was to replace it is on its way`;
    this.#options.logger?.warn(fieldsOf(worker, exit), message);
    this.#options.onChange();
  }

  #again(worker: WorkerProcess, exit: WorkerExit): void {
    const { logger } = this.#options;
    const { delayMs, inVain, isLoop } = this.#deaths.add(exit);
    const fields = { ...fieldsOf(worker, exit), restartInMs: delayMs };
    const what = whatBecameOf(worker.name, exit);
    if (isLoop) logger?.error(fields, `${what}; that was death number ${inVain} in a row: a crash loop`);
    else logger?.warn(fields, `${what}; another one takes its place`);
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

/** What the log holds of a death. */
function fieldsOf({ name }: WorkerProcess, { code, signal, failure }: WorkerExit): object {
  return { worker: name, code, signal, ...(failure !== undefined && { err: failure }) };
}

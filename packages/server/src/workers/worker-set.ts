import { BentoError } from "@bento/core";

import type { ServiceOutline } from "../executor/outline.js";
import type { Logger } from "../http/log.js";
import { decideRestart, defaultRestartRules, type RestartRules } from "./restart-policy.js";
import type { WorkerExit, WorkerProcess } from "./worker-process.js";

/** When a worker is replaced although nothing is wrong with it. */
export interface RecycleRules {
  /** Milliseconds after its start. */
  readonly maxAgeMs?: number | undefined;
  /** Calls that it answered. */
  readonly maxCalls?: number | undefined;
  /** Bytes of resident memory. */
  readonly maxMemoryBytes?: number | undefined;
}

/** One place for a worker; the processes in it change. */
export interface WorkerPlace {
  /** From 1. */
  readonly index: number;
  /** Whether its devices are its alone: then no second process may start before the first is gone. */
  readonly isExclusive: boolean;
}

/** Options of a {@link WorkerSet}. */
export interface WorkerSetOptions {
  readonly service: string;
  readonly places: readonly WorkerPlace[];
  /** Starts a process for a place. */
  readonly start: (place: WorkerPlace) => WorkerProcess;
  readonly restart?: RestartRules | undefined;
  readonly recycle?: RecycleRules | undefined;
  /** Milliseconds without a sign of life after which a worker that works on nothing, or too long, is replaced. */
  readonly hangTimeoutMs: number;
  /** Milliseconds that one call may take; a worker that is busy with one for longer is not busy but stuck. */
  readonly callTimeoutMs: number;
  /** Milliseconds that a worker gets for its calls in flight and its shutdown hooks. */
  readonly graceMs: number;
  readonly logger?: Logger | undefined;
  /** Told when there is one more worker to give calls to, or one fewer. */
  readonly onChange: () => void;
}

/** How often workers are asked for a sign of life, and looked at. Milliseconds. */
const heartbeatMs = 1000;

interface Slot {
  readonly place: WorkerPlace;
  /** Takes calls, or is about to. */
  current: WorkerProcess | undefined;
  /** On its way to take the place of the current one. */
  next: WorkerProcess | undefined;
  inVain: number;
  isLooping: boolean;
  lastFailure: string;
  timer: NodeJS.Timeout | undefined;
}

/** Keeps one worker process in every place: starts, watches, replaces and drains them. */
export class WorkerSet {
  readonly #options: WorkerSetOptions;
  readonly #slots: readonly Slot[];
  /** Those on their way out. */
  readonly #leaving = new Set<Promise<unknown>>();
  #heartbeat: NodeJS.Timeout | undefined;
  #isClosing = false;

  constructor(options: WorkerSetOptions) {
    this.#options = options;
    this.#slots = options.places.map((place) => ({
      place,
      current: undefined,
      next: undefined,
      inVain: 0,
      isLooping: false,
      lastFailure: "",
      timer: undefined,
    }));
  }

  /**
   * Starts a worker in every place; resolves when all of them are ready.
   * @returns what the service is, as the first of them tells it
   * @throws what stopped the start of the first that failed; the others are ended
   */
  async start(): Promise<ServiceOutline> {
    const starts = this.#slots.map((slot) => this.#begin(slot));
    try {
      const [service] = await Promise.all(starts);
      this.#heartbeat = setInterval(() => this.#look(), heartbeatMs).unref();
      for (const slot of this.#slots) this.#watch(slot, slot.current as WorkerProcess);
      return service as ServiceOutline;
    } catch (error) {
      this.#isClosing = true;
      for (const { current } of this.#slots) current?.kill();
      await Promise.all(this.#slots.map(({ current }) => current?.exited));
      throw error;
    }
  }

  /** The workers that calls can be given to. */
  get ready(): readonly WorkerProcess[] {
    return this.#slots.flatMap(({ current }) => (current?.isReady === true ? [current] : []));
  }

  /** Why no calls can be answered, or only few; `undefined` when all is well. */
  get trouble(): BentoError | undefined {
    const looping = this.#slots.find(({ isLooping }) => isLooping);
    if (looping !== undefined) {
      return new BentoError(
        "BENTO_UNAVAILABLE",
        `The worker ${looping.place.index} of ${this.#options.service} died ${looping.inVain} times in a row: ${looping.lastFailure}`,
        { hint: "Look for what its log lines say; it is tried again at growing intervals." },
      );
    }
    if (this.ready.length > 0) return undefined;
    return new BentoError("BENTO_UNAVAILABLE", `No worker of ${this.#options.service} is ready.`, { hint: "Try again in a moment." });
  }

  /** Whether some worker dies again and again. */
  get isCrashLooping(): boolean {
    return this.#slots.some(({ isLooping }) => isLooping);
  }

  /** Takes every worker out of service and waits until their processes are gone. */
  async stop(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#heartbeat);
    const { graceMs } = this.#options;
    for (const { timer } of this.#slots) clearTimeout(timer);
    await Promise.all([...this.#slots.flatMap(({ current, next }) => [current?.stop(graceMs), next?.stop(graceMs)]), ...this.#leaving]);
  }

  /** Ends every worker at once. */
  kill(): void {
    this.#isClosing = true;
    for (const { current, next } of this.#slots) {
      current?.kill();
      next?.kill();
    }
  }

  #begin(slot: Slot): Promise<ServiceOutline> {
    slot.current = this.#options.start(slot.place);
    return slot.current.ready;
  }

  /** What becomes of a worker when its process ends. */
  #watch(slot: Slot, worker: WorkerProcess): void {
    void worker.exited.then((exit) => {
      if (slot.current !== worker || this.#isClosing) return;
      this.#options.onChange();
      this.#again(slot, worker, exit);
    });
  }

  #again(slot: Slot, worker: WorkerProcess, exit: WorkerExit): void {
    const { restart = defaultRestartRules, logger } = this.#options;
    const { delayMs, inVain, isLoop } = decideRestart(exit.life, slot.inVain, restart);
    const how = exit.signal === null ? `with exit code ${String(exit.code)}` : `by ${exit.signal}`;
    slot.inVain = inVain;
    slot.isLooping = isLoop;
    slot.lastFailure = `it ended ${how}`;
    const fields = { worker: worker.name, code: exit.code, signal: exit.signal, restartInMs: delayMs };
    if (isLoop) logger?.error(fields, `${worker.name} ended ${how}, ${inVain} times in a row: a crash loop`);
    else logger?.warn(fields, `${worker.name} ended ${how}; another one takes its place`);
    slot.current = undefined;
    slot.timer = setTimeout(() => this.#restart(slot), delayMs);
  }

  #restart(slot: Slot): void {
    if (this.#isClosing) return;
    this.#begin(slot).then(
      () => {
        slot.isLooping = false;
        this.#options.onChange();
      },
      (error: unknown) => {
        slot.lastFailure = BentoError.from(error).message;
        this.#options.logger?.error({ err: error }, `The worker ${slot.place.index} of ${this.#options.service} could not start`);
      },
    );
    this.#watch(slot, slot.current as WorkerProcess);
  }

  /** Looks at every worker: whether it lives, and whether it is time for another one. */
  #look(): void {
    const now = performance.now();
    for (const slot of this.#slots) {
      const worker = slot.current;
      if (worker?.isReady !== true) continue;
      if (this.#isHung(worker, now)) {
        this.#options.logger?.error({ worker: worker.name }, `${worker.name} gives no sign of life; it is killed and replaced`);
        worker.kill();
      } else if (slot.next === undefined && this.#isWornOut(worker, now)) void this.replace(slot.place.index);
      worker.ping();
    }
  }

  /**
   * A worker whose event loop stands still may be at work on a call that takes long. It is stuck if it has nothing to do,
   * or if it has been silent for longer than any call may take.
   */
  #isHung(worker: WorkerProcess, now: number): boolean {
    const { hangTimeoutMs, callTimeoutMs } = this.#options;
    const silentMs = now - worker.lastSeenAt;
    return silentMs > (worker.inFlight === 0 ? hangTimeoutMs : hangTimeoutMs + callTimeoutMs);
  }

  #isWornOut(worker: WorkerProcess, now: number): boolean {
    const { maxAgeMs = Infinity, maxCalls = Infinity, maxMemoryBytes = Infinity } = this.#options.recycle ?? {};
    return now - worker.startedAt >= maxAgeMs || worker.answered >= maxCalls || worker.rss >= maxMemoryBytes;
  }

  /**
   * Puts a new process in a place. The old one serves until the new one is ready, unless its devices are its alone: then
   * it goes first, and the other workers serve meanwhile.
   * @throws what stopped the start of the new one; the old one goes on then, where it could
   */
  async replace(index: number): Promise<ServiceOutline> {
    const slot = this.#slots.find(({ place }) => place.index === index) as Slot;
    const old = slot.current;
    const { graceMs, onChange } = this.#options;
    if (slot.place.isExclusive && old !== undefined) {
      slot.current = undefined;
      onChange();
      await old.stop(graceMs);
      if (this.#isClosing) throw new BentoError("BENTO_UNAVAILABLE", "The service is shut down.");
    }
    const next = this.#options.start(slot.place);
    slot.next = next;
    try {
      const service = await next.ready;
      slot.current = next;
      this.#watch(slot, next);
      return service;
    } catch (error) {
      if (slot.current === undefined) {
        slot.current = next;
        this.#watch(slot, next);
      }
      throw error;
    } finally {
      slot.next = undefined;
      if (slot.current === next) {
        onChange();
        if (old !== undefined && !slot.place.isExclusive) this.#leave(old.stop(graceMs));
      }
    }
  }

  #leave(stopping: Promise<unknown>): void {
    this.#leaving.add(stopping);
    void stopping.finally(() => this.#leaving.delete(stopping));
  }
}

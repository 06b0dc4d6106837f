import { BentoError } from "@bento/core";

import type { ServiceOutline } from "../executor/outline.js";
import type { Logger } from "../http/log.js";
import { isWornOut, type RecycleRules } from "./recycle-rules.js";
import type { RestartRules } from "./restart-policy.js";
import { crashLoop, workerHung } from "./worker-errors.js";
import type { WorkerProcess } from "./worker-process.js";
import { type WorkerPlace, WorkerSlot } from "./worker-slot.js";

/** How long things may take. Milliseconds. */
export interface WorkerTimes {
  /** Without a sign of life, for a worker that works on nothing: then it is replaced. */
  readonly hangTimeoutMs: number;
  /** One call; a worker that is silent for longer is not busy but stuck. */
  readonly callTimeoutMs: number;
  /** What the calls in flight of a worker get that is replaced. */
  readonly finishMs: number;
}

/** Options of a {@link WorkerSet}. */
export interface WorkerSetOptions {
  readonly service: string;
  readonly places: readonly WorkerPlace[];
  /** Starts a process for a place. */
  readonly start: (place: WorkerPlace) => WorkerProcess;
  /** Starts a process that loads the service and does no more, without any device. */
  readonly rehearse: (place: WorkerPlace) => WorkerProcess;
  readonly restart?: RestartRules | undefined;
  readonly recycle?: RecycleRules | undefined;
  /** How long things may take, with what the service says of itself; nothing is known of it before the first start. */
  readonly timesOf: (service: ServiceOutline | undefined) => WorkerTimes;
  /** The same when everything is closed. @default 1000, as all callers have left by then */
  readonly closingFinishMs?: (() => number) | undefined;
  readonly logger?: Logger | undefined;
  /** Told when there is one more worker to give calls to, or one fewer. */
  readonly onChange: () => void;
  /** Told once that the workers die whatever is done, so that nothing will ever be answered. */
  readonly onHopeless?: ((error: BentoError) => void) | undefined;
}

/** The longest pause between two looks at the workers. Milliseconds. */
const longestHeartbeatMs = 1000;
/** So many looks there are within the time that a worker may be silent. */
const looksPerHang = 10;
/** Pause after a replacement that could not start, before the next is tried. Milliseconds. */
const recyclePauseMs = 60_000;
const defaultClosingFinishMs = 1000;

/** Keeps one worker process in every place: starts, watches, replaces and drains them. */
export class WorkerSet {
  readonly #options: WorkerSetOptions;
  readonly #slots: readonly WorkerSlot[];
  readonly #heartbeatMs: number;
  #times: WorkerTimes;
  #heartbeat: NodeJS.Timeout | undefined;
  #ready: readonly WorkerProcess[] = [];
  /** No worker is replaced before; see `performance.now()`. */
  #recycleFrom = 0;
  #isClosing = false;
  #isHopeless = false;

  constructor(options: WorkerSetOptions) {
    this.#options = options;
    this.#times = options.timesOf(undefined);
    this.#heartbeatMs = Math.max(1, Math.min(longestHeartbeatMs, this.#times.hangTimeoutMs / looksPerHang));
    const { start, rehearse, restart, logger } = options;
    const finishMs = (): number => this.#times.finishMs;
    const slotOptions = { start, rehearse, restart, finishMs, logger, onChange: () => this.#changed() };
    this.#slots = options.places.map((place) => new WorkerSlot(place, slotOptions));
  }

  /**
   * Starts a worker in every place; resolves when all of them are ready.
   * @returns what the service is, as the first of them tells it
   * @throws what stopped the start of the first that failed; the others are ended
   */
  async start(): Promise<ServiceOutline> {
    try {
      const [service] = await Promise.all(this.#slots.map((slot) => slot.start()));
      this.#heartbeat = setInterval(() => this.#look(), this.#heartbeatMs).unref();
      this.#changed();
      return service as ServiceOutline;
    } catch (error) {
      // The failure of the start is what there is to tell; what fails after it is its consequence.
      await this.stop(0).catch(() => undefined);
      throw error;
    }
  }

  /** The workers that calls can be given to. */
  get ready(): readonly WorkerProcess[] {
    // One may have gone since the last time that anything was told.
    return this.#ready.every(({ isReady }) => isReady) ? this.#ready : this.#slots.flatMap(({ worker }) => worker ?? []);
  }

  /** Why calls cannot be answered well; `undefined` when all is well. */
  get trouble(): BentoError | undefined {
    return this.crash ?? (this.ready.length > 0 ? undefined : nobodyReady(this.#options.service));
  }

  /** What there is to say when some worker dies again and again. */
  get crash(): BentoError | undefined {
    const slot = this.#slots.find(({ isCrashLooping }) => isCrashLooping);
    return slot && crashLoop(`${this.#options.service}[${slot.place.index}]`, slot.inVain, slot.lastFailure);
  }

  /** Puts a new process in one place; see {@link WorkerSlot.replace}. */
  replace(index: number): Promise<ServiceOutline> {
    return (this.#slots.find(({ place }) => place.index === index) as WorkerSlot).replace();
  }

  /**
   * Puts a new process in every place: first in one, and when that is ready, in the others. From then on there is no way
   * back: a place whose new worker cannot start is left empty, and it is tried again as after a death.
   * @throws what stopped the start of the first; the old ones go on then
   */
  async replaceAll(): Promise<ServiceOutline> {
    const [first, ...others] = this.#slots as readonly [WorkerSlot, ...WorkerSlot[]];
    const service = await first.replace({ isChanged: true });
    this.#times = this.#options.timesOf(service);
    // What stops one of them, the log says.
    await Promise.allSettled(others.map((slot) => slot.replace({ isOutdated: true })));
    return service;
  }

  /**
   * Puts a new process in one place after the other: each is ready before the next is begun.
   * @throws what stopped the start of one: all that comes after it goes on as it was, and so does its own place where it can
   */
  async replaceInTurn(): Promise<ServiceOutline> {
    let service: ServiceOutline | undefined;
    for (const slot of this.#slots) service = await slot.replace();
    this.#times = this.#options.timesOf(service);
    return service as ServiceOutline;
  }

  /** Puts a new process in each place whose own was started since then, in turn. One that cannot start is tried again as after a death. */
  async replaceSince(startedAt: number): Promise<void> {
    for (const slot of this.#slots) {
      const isSince = slot.worker !== undefined && slot.worker.startedAt >= startedAt;
      // What stops one of them, the log says.
      if (isSince) await slot.replace({ isOutdated: true }).catch(() => undefined);
    }
  }

  /**
   * Takes every worker out of service and waits until their processes are gone.
   * @param finishMs milliseconds for the calls in flight
   * @throws what the shutdown hooks of one failed with
   */
  async stop(finishMs: number = this.#options.closingFinishMs?.() ?? defaultClosingFinishMs): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#heartbeat);
    const [failure] = (await Promise.all(this.#slots.map((slot) => slot.stop(finishMs)))).flat();
    if (failure !== undefined) throw failure;
  }

  /** Ends every worker at once. */
  kill(): void {
    this.#isClosing = true;
    clearInterval(this.#heartbeat);
    for (const slot of this.#slots) slot.kill();
  }

  #changed(): void {
    this.#ready = this.#slots.flatMap(({ worker }) => worker ?? []);
    this.#options.onChange();
    if (this.#isHopeless || this.#isClosing || this.#ready.length > 0 || !this.#slots.some(({ isHopeless }) => isHopeless)) return;
    this.#isHopeless = true;
    this.#options.onHopeless?.(this.crash as BentoError);
  }

  /**
   * Looks at every worker: whether it lives, and whether it is time for another one.
   *
   * Silence is counted in unanswered looks and not in time: were it this process that stood still, every worker would
   * seem to have been silent.
   */
  #look(): void {
    const wornOut: (readonly [startedAt: number, slot: WorkerSlot])[] = [];
    for (const slot of this.#slots) {
      const { worker } = slot;
      if (worker === undefined) continue;
      const silentMs = worker.unansweredPings * this.#heartbeatMs;
      if (silentMs > this.#mostSilentMs(worker)) worker.fail(workerHung(worker.name, silentMs));
      else if (this.#isWornOut(worker)) wornOut.push([worker.startedAt, slot]);
      worker.ping();
    }
    // The oldest first, so that each has its turn. One at a time: there are always others, and starting does not take the
    // machine from serving.
    const [oldest] = wornOut.toSorted(([a], [b]) => a - b);
    if (oldest !== undefined && performance.now() >= this.#recycleFrom) void this.#recycle(oldest[1]);
  }

  /**
   * A worker whose event loop stands still may be at work on a call that takes long. It is stuck if it has nothing to do,
   * or if it has been silent for longer than any call may take.
   */
  #mostSilentMs({ inFlight }: WorkerProcess): number {
    const { hangTimeoutMs, callTimeoutMs } = this.#times;
    return inFlight === 0 ? hangTimeoutMs : Math.max(hangTimeoutMs, callTimeoutMs + this.#heartbeatMs);
  }

  #isWornOut(worker: WorkerProcess): boolean {
    const { startedAt, answered, rss, rssAtStart } = worker;
    return isWornOut({ ageMs: performance.now() - startedAt, answered, rss, rssAtStart }, this.#options.recycle ?? {});
  }

  async #recycle(slot: WorkerSlot): Promise<void> {
    const { logger, service } = this.#options;
    this.#recycleFrom = Infinity;
    try {
      await slot.replace();
      this.#recycleFrom = 0;
    } catch (error) {
      this.#recycleFrom = performance.now() + recyclePauseMs;
      if (!this.#isClosing)
        logger?.error({ err: error }, `${service}[${slot.place.index}] was to be replaced, but the new one could not start`);
    }
  }
}

function nobodyReady(service: string): BentoError {
  return new BentoError("BENTO_UNAVAILABLE", `No worker of ${service} is ready.`, { hint: "Try again in a moment." });
}

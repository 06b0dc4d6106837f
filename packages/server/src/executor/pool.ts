import { BentoError, type BatchPolicy } from "@bento/core";

import { crossingBody } from "../bodies/crossing-body.js";
import { crossingInput } from "../input-streams/input-body.js";
import { BatchCounter, type BatchFigures } from "../batching/batch-counter.js";
import { addBatches } from "../http/figures.js";
import type { Addresses, Pins } from "../workers/messages.js";
import type { ReplyListener } from "../wire/outgoing-call.js";
import { isOfStore } from "../workers/model-cells.js";
import type { ModelPins } from "../workers/model-pins.js";
import type { WorkerMeasures } from "../workers/worker-measures.js";
import type { WorkerProcess } from "../workers/worker-process.js";
import type { WorkerSet } from "../workers/worker-set.js";
import type { ContinuousCalls } from "../continuous/continuous-calls.js";
import type { GatheredCalls } from "./gathered-calls.js";
import { leastLoaded } from "./least-loaded.js";
import type { Executor, ExecutorCall, ExecutorReply, ServedModels } from "./executor.js";
import type { ServiceOutline } from "./outline.js";
import { queueFull } from "./queue-full.js";
import { callHead, parseReplyHead } from "./pool-heads.js";
import { PoolQuestions } from "./pool-questions.js";

/** A call that waits for a worker. */
interface Waiting {
  readonly go: (worker: WorkerProcess) => void;
  readonly fail: (error: Error) => void;
}

/** How a pool gathers the calls of batchable endpoints, and what is counted of that and of the rest. */
export interface PoolBatching {
  /** An endpoint's own policy, by its name. */
  readonly policyOf: (api: string) => BatchPolicy | undefined;
  /** What workers have counted of the batches that come together in them. */
  readonly inWorkers: () => Readonly<Record<string, BatchFigures>>;
  /** What the service counts itself in its workers; `undefined` where they tell that in another way. */
  readonly measures: WorkerMeasures | undefined;
  /** Told once of each endpoint whose policy had to be overruled. */
  readonly onOverruled: (error: BentoError) => void;
}

/**
 * Runs calls in worker processes: each goes to the one that works on the fewest.
 *
 * A call is given to one worker, once. If that dies, it fails with BENTO_WORKER_DIED and is not run again: nobody knows
 * how far it came. A call that comes while no worker is ready waits for one, as long as its deadline allows.
 */
export class PoolExecutor implements Executor {
  readonly #workers: WorkerSet;
  readonly #transport: AsyncDisposable;
  readonly #pins: ModelPins;
  readonly #onGone: () => void;
  readonly #waiting = new Set<Waiting>();
  #maxQueue = Infinity;
  /** What gathers or deals out the calls of each batchable endpoint. */
  #gathered: ReadonlyMap<string, GatheredCalls | ContinuousCalls> = new Map();
  /** Counts the batches of each endpoint: also what reloads gather anew. */
  readonly #counters = new Map<string, BatchCounter>();
  readonly #batching: PoolBatching;
  readonly questions: PoolQuestions;
  #turn = 0;
  #closing: Promise<void> | undefined;
  #reloading: Promise<unknown> = Promise.resolve();
  #settleHopeless!: (error: BentoError) => void;
  readonly hopeless = new Promise<BentoError>((resolve) => (this.#settleHopeless = resolve));

  /**
   * @param workers their `onChange` is to call {@link PoolExecutor.changed}, and `onHopeless` {@link PoolExecutor.giveUp}
   * @param transport closed at the end
   * @param pins the models of the workers
   * @param batching how the endpoints gather their calls that say so
   * @param onGone called when the workers are gone
   */
  constructor(workers: WorkerSet, transport: AsyncDisposable, pins: ModelPins, batching: PoolBatching, onGone: () => void) {
    this.#batching = batching;
    this.#onGone = onGone;
    this.#pins = pins;
    this.#workers = workers;
    this.questions = new PoolQuestions(() => this.#workers.ready, batching.measures);
    this.#transport = transport;
  }

  get isReady(): boolean {
    return this.#closing === undefined && this.#workers.trouble === undefined;
  }

  get trouble(): BentoError | undefined {
    return this.#closing === undefined ? this.#workers.trouble : undefined;
  }

  kill(): void {
    this.#workers.kill();
  }

  run(call: ExecutorCall): Promise<ExecutorReply> {
    if (this.#closing) throw new BentoError("BENTO_UNAVAILABLE", "The service is shut down.");
    const gathered = this.#gathered.get(call.api);
    // Where no worker is ready, it waits as any other.
    if (gathered !== undefined && this.#workers.ready.length > 0) return gathered.run(call);
    const worker = this.#leastLoaded();
    return worker === undefined ? this.#wait(call) : this.#send(worker, call);
  }

  batches(): Readonly<Record<string, BatchFigures>> {
    const own = Object.fromEntries([...this.#counters].map(([api, counter]) => [api, counter.figures()]));
    return addBatches([this.#batching.inWorkers(), own]);
  }

  /** What the service is: at the start, and after each reload. */
  async serve({ apis, traffic }: ServiceOutline): Promise<void> {
    this.#maxQueue = traffic.maxQueue ?? Infinity;
    const before = this.#gathered;
    const { policyOf, onOverruled } = this.#batching;
    // Most services gather nothing, and would start later for what gathers.
    const gathering = apis.some(({ batch }) => batch !== undefined) ? await import("./gathered-calls.js") : undefined;
    const dealing = apis.some(({ continuous }) => continuous !== undefined) ? await import("../continuous/continuous-calls.js") : undefined;
    const gathered = apis.flatMap((api): (readonly [string, GatheredCalls | ContinuousCalls])[] => {
      if (api.continuous !== undefined && dealing !== undefined) {
        const { maxSize } = api.continuous;
        const calls = new dealing.ContinuousCalls({
          maxSize,
          ready: () => this.#workers.ready,
          send: (worker, call, onEnd) => this.#send(worker, call, onEnd),
          maxQueue: this.#maxQueue,
          counter: this.#counterOf(api.name, maxSize),
        });
        return [[api.name, calls]];
      }
      if (api.batch === undefined || gathering === undefined) return [];
      const calls = new gathering.GatheredCalls({
        api,
        batch: api.batch,
        policy: policyOf(api.name),
        ready: () => this.#workers.ready,
        send: (worker, call) => this.#send(worker, call),
        maxQueue: this.#maxQueue,
        counter: this.#counterOf(api.name, api.batch.maxSize),
        onOverruled,
      });
      return [[api.name, calls]];
    });
    this.#gathered = new Map(gathered);
    // Those that wait are gathered anew.
    for (const calls of before.values()) calls.moveTo((call) => this.run(call));
  }

  /** What was counted before a reload that allows other sizes is left behind: it would not fit the same histogram. */
  #counterOf(api: string, maxBatchSize: number): BatchCounter {
    let counter = this.#counters.get(api);
    if (counter?.maxBatchSize !== maxBatchSize) this.#counters.set(api, (counter = new BatchCounter(maxBatchSize)));
    return counter;
  }

  reload(): Promise<ServiceOutline> {
    // One after the other: what one takes back when it fails must not be another's.
    const reloading = this.#reloading.then(() => this.#reload());
    this.#reloading = reloading.catch(() => undefined);
    return reloading;
  }

  models(): ServedModels {
    const served: Record<string, number> = {};
    for (const { models } of this.#workers.ready) {
      const exact = Object.entries(models).flatMap(([tag, version]) => (isOfStore(tag) && version !== null ? [version] : []));
      for (const model of new Set(exact)) served[model] = (served[model] ?? 0) + 1;
    }
    return served;
  }

  followed(): Pins {
    return this.#pins.moving;
  }

  addresses(): Addresses {
    return this.#pins.addresses;
  }

  renew(to: Pins): Promise<ServiceOutline> {
    const renewing = this.#reloading.then(() => this.#renew(to));
    this.#reloading = renewing.catch(() => undefined);
    return renewing;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  /** The workers die whatever is done. */
  giveUp(error: BentoError): void {
    this.#settleHopeless(error);
  }

  /** There are more workers, or fewer. */
  changed(): void {
    const { crash, ready } = this.#workers;
    if (crash !== undefined && ready.length === 0) return this.#refuse(crash);
    for (const calls of this.#gathered.values()) calls.changed();
    for (const waiting of this.#waiting) {
      const worker = this.#leastLoaded();
      if (worker === undefined) return;
      this.#waiting.delete(waiting);
      waiting.go(worker);
    }
  }

  async #reload(): Promise<ServiceOutline> {
    const remember = this.#pins.forget();
    try {
      const outline = await this.#workers.replaceAll();
      await this.serve(outline);
      return outline;
    } catch (error) {
      // The old workers go on, and so do their models, in whatever takes their places.
      remember();
      throw error;
    }
  }

  async #renew(to: Pins): Promise<ServiceOutline> {
    const startedAt = performance.now();
    const takeBack = this.#pins.move(to);
    try {
      const outline = await this.#workers.replaceInTurn();
      await this.serve(outline);
      return outline;
    } catch (error) {
      takeBack();
      if (this.#closing === undefined) await this.#workers.replaceSince(startedAt);
      throw error;
    }
  }

  async #close(): Promise<void> {
    this.#refuse(new BentoError("BENTO_UNAVAILABLE", "The service is shut down."));
    try {
      await this.#workers.stop();
    } finally {
      this.#onGone();
      await this.#transport[Symbol.asyncDispose]();
    }
  }

  /** Fails every call that waits. */
  #refuse(error: BentoError): void {
    for (const { fail } of this.#waiting) fail(error);
    this.#waiting.clear();
    for (const calls of this.#gathered.values()) calls.refuse(error);
  }

  #leastLoaded(): WorkerProcess | undefined {
    this.#turn += 1;
    return leastLoaded(this.#workers.ready, this.#turn);
  }

  #wait(call: ExecutorCall): Promise<ExecutorReply> {
    // Where some worker is ready but has more than enough waiting, there will be an end to that.
    const { crash, ready } = this.#workers;
    if (crash !== undefined && ready.length === 0) throw crash;
    if (this.#waiting.size >= this.#maxQueue) throw queueFull(this.#maxQueue);
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { go: (worker) => resolve(this.#send(worker, call)), fail: reject };
      this.#waiting.add(waiting);
      call.context.onInterrupt((reason) => {
        if (this.#waiting.delete(waiting)) reject(reason);
      });
    });
  }

  #send(worker: WorkerProcess, call: ExecutorCall, onEnd?: () => void): Promise<ExecutorReply> {
    call.context.begin();
    return new Promise((resolve, reject) => {
      const { body } = call;
      const listener: ReplyListener = {
        onReply: (head, replyBody) => {
          resolve({ ...parseReplyHead(head), body: replyBody });
          this.#ended();
        },
        onFail: (error) => {
          reject(error);
          this.#ended();
        },
        onLateError: call.onLateError,
        onEnd,
        onReading: "input" in body ? () => call.context.tookInput() : undefined,
      };
      const { words, bytes } = "input" in body ? crossingInput(body.input) : crossingBody(body);
      const pending = worker.call(callHead(call, words), bytes, listener);
      call.context.onInterrupt((reason) => pending.cancel(reason));
    });
  }

  /** A worker that had too much waiting may have room now. */
  #ended(): void {
    if (this.#waiting.size > 0) this.changed();
  }
}

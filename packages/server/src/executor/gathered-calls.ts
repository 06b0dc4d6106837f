import type { BentoError, BatchPolicy } from "@bento/core";

import type { BatchCounter } from "../batching/batch-counter.js";
import { Batcher } from "../batching/batcher.js";
import { realClock } from "../batching/clock.js";
import { type BodyCounter, type BodyItems, makeBodyCounter } from "../batching/count-json-items.js";
import { makeTensorCounter } from "../batching/count-tensor-items.js";
import type { Batch } from "../batching/cut-batch.js";
import { RareBodies } from "../batching/rare-bodies.js";
import type { CallBody } from "../http/incoming.js";
import type { WorkerProcess } from "../workers/worker-process.js";
import type { ExecutorCall, ExecutorReply } from "./executor.js";
import { type FreeWorkers, freeForBatches } from "./free-for-batches.js";
import { outOfReach } from "./gathered-endpoint.js";
import type { ApiOutline } from "./outline.js";
import { queueFull } from "./queue-full.js";
import { StillReaders } from "./still-readers.js";
import { WorkerLoad } from "./worker-load.js";

/**
 * Batches that a worker gets at once: while it works on one, the next is on its way. One that streams lasts so long that
 * the way of the next is nothing beside it, and that waits better where another worker may become free.
 */
const batchesPerWorker = 2;
const streamsPerWorker = 1;

/** A call that waits for others, or runs with them. */
class GatheredCall {
  readonly call: ExecutorCall;
  readonly items: number;
  /** What must be equal of two calls in one batch; `undefined` where that cannot be told, which has it run alone. */
  readonly rest: string | undefined;
  readonly reply: Promise<ExecutorReply>;
  resolve!: (reply: Promise<ExecutorReply>) => void;
  reject!: (error: unknown) => void;

  constructor(call: ExecutorCall, items: number, rest: string | undefined) {
    this.call = call;
    this.items = items;
    this.rest = rest;
    this.reply = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

/** What the calls of one endpoint need that are gathered for worker processes. */
export interface GatheredCallsOptions {
  readonly api: ApiOutline;
  readonly batch: NonNullable<ApiOutline["batch"]>;
  readonly policy: BatchPolicy | undefined;
  readonly ready: () => readonly WorkerProcess[];
  /** Calls that may wait at once. */
  readonly maxQueue: number;
  /** Gives a call to a worker. */
  readonly send: (worker: WorkerProcess, call: ExecutorCall) => Promise<ExecutorReply>;
  /** Counts their batches. */
  readonly counter: BatchCounter;
  readonly onOverruled?: ((error: BentoError) => void) | undefined;
}

/**
 * Gathers the calls of a batchable endpoint over all connections, and gives each batch to the worker that works on the
 * fewest. Calls cross to it one by one, right after each other, and it joins what came together: what is in them only
 * the worker decodes.
 */
export class GatheredCalls {
  readonly #options: GatheredCallsOptions;
  readonly #count: BodyCounter | undefined;
  /** Of bodies in safetensors. */
  readonly #countTensors: BodyCounter | undefined;
  readonly #rare: RareBodies;
  readonly #batcher: Batcher<GatheredCall>;
  readonly #readers = new StillReaders(() => this.#batcher.queuedRequests > 0);
  /** What each worker has to do. */
  readonly #loads = new WeakMap<WorkerProcess, WorkerLoad>();

  constructor(options: GatheredCallsOptions) {
    const { api, batch, policy, ready, counter, onOverruled } = options;
    this.#options = options;
    const atOnce = api.stream ? streamsPerWorker : batchesPerWorker;
    this.#count = makeBodyCounter(api.document.input, batch.inputDim);
    this.#countTensors = makeTensorCounter(api.document.input, batch.inputDim);
    this.#rare = new RareBodies(api.document.input, api.isObjectInput, batch.inputDim);
    this.#batcher = new Batcher<GatheredCall>({
      policy,
      maxBatchSize: batch.maxSize,
      maxLatencyMs: batch.maxLatencyMs,
      clock: realClock,
      mayJoin: (a, b) => a.rest !== undefined && a.rest === b.rest,
      run: (gathered) => this.#run(gathered),
      freeWorkers: () => this.#free(atOnce).workers,
      idleWorkers: () => this.#free(atOnce).idle,
      workers: () => ready().length,
      reject: (job, waitedMs) => job.reject(outOfReach(api.name, batch.maxLatencyMs, waitedMs, job.call.context.time)),
      waited: (ms) => counter.waited(ms),
      onOverruled,
    });
    counter.waiting = () => this.#batcher.queuedRequests;
  }

  /** @throws BENTO_OVERLOADED when as many wait as may */
  run(call: ExecutorCall): Promise<ExecutorReply> {
    const { batch, maxQueue } = this.#options;
    if (this.#batcher.queuedRequests >= Math.max(1, maxQueue)) throw queueFull(maxQueue);
    const counted = this.#itemsOf(call.body);
    // What is larger than a batch the worker cuts.
    const items = Math.min(counted?.items ?? 1, batch.maxSize);
    const gathered = new GatheredCall(call, items, counted?.rest);
    const ticket = this.#batcher.submit(gathered, items, call.context.time?.end ?? Infinity);
    call.context.onInterrupt((reason) => {
      if (ticket.cancel()) gathered.reject(reason);
    });
    return gathered.reply;
  }

  /** There are more workers, or fewer. */
  changed(): void {
    this.#batcher.changed();
  }

  /** Fails every call that waits. */
  refuse(error: BentoError): void {
    for (const gathered of this.#batcher.clear()) gathered.reject(error);
  }

  /** Gives every call that waits to something else. */
  moveTo(run: (call: ExecutorCall) => Promise<ExecutorReply>): void {
    for (const gathered of this.#batcher.close()) gathered.resolve(run(gathered.call));
  }

  #itemsOf(body: CallBody): BodyItems | undefined {
    if ("form" in body) return this.#rare.count(body);
    if (!("bytes" in body)) return undefined;
    if (body.packing === "arrow") return this.#rare.count(body);
    return (body.packing === undefined ? this.#count : this.#countTensors)?.(body.bytes);
  }

  #free(atOnce: number): FreeWorkers {
    const { ready, batch } = this.#options;
    const now = performance.now();
    const batches = ready().map((worker) => this.#batchesOf(worker, now));
    return freeForBatches(batches, atOnce, this.#expectedMs(Math.min(this.#batcher.queuedItems, batch.maxSize)));
  }

  #expectedMs(items: number): number {
    const { fixedMs, perItemMs } = this.#batcher.cost;
    return fixedMs + perItemMs * items;
  }

  #loadOf(worker: WorkerProcess): WorkerLoad {
    let load = this.#loads.get(worker);
    if (load === undefined) this.#loads.set(worker, (load = new WorkerLoad()));
    return load;
  }

  /** Batches that a worker works on; of one that is late, as many as it may ever have. */
  #batchesOf(worker: WorkerProcess, now: number): number {
    const load = this.#loadOf(worker);
    return load.isLate(now) ? Math.max(batchesPerWorker, load.batches) : load.batches;
  }

  /** @returns how long it took, where that says what a batch costs: all were answered, and no reader could take its own time */
  async #run({ parts, items }: Batch<GatheredCall>): Promise<number | undefined> {
    const { api, ready, send, counter } = this.#options;
    const begunAt = performance.now();
    const calls = parts.map(({ job }) => job);
    const worker = ready().reduce((best, other) => (this.#batchesOf(other, begunAt) < this.#batchesOf(best, begunAt) ? other : best));
    const load = this.#loadOf(worker);
    load.begin(begunAt, this.#expectedMs(items));
    const ends: Promise<void>[] = [];
    for (const gathered of calls) {
      const sent = send(worker, gathered.call);
      if (!api.stream) gathered.resolve(sent);
      else {
        const { reply, end } = this.#readers.watch(sent);
        gathered.resolve(reply);
        ends.push(end);
      }
    }
    const answers = await Promise.allSettled(calls.map(({ reply }) => reply));
    if (api.stream) await Promise.all(ends);
    const ms = load.end(begunAt, performance.now());
    counter.ran(calls.length, items, ms, worker.index);
    return !api.stream && answers.every(({ status }) => status === "fulfilled") ? ms : undefined;
  }
}

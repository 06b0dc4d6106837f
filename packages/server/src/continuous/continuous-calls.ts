import type { BentoError } from "@bento/core";

import type { BatchCounter } from "../batching/batch-counter.js";
import type { ExecutorCall, ExecutorReply } from "../executor/executor.js";
import { queueFull } from "../executor/queue-full.js";
import { neverBegun } from "../http/out-of-time.js";
import type { WorkerProcess } from "../workers/worker-process.js";
import { Line } from "./line.js";

/** One in so many that a worker gets beyond those that it may run: they are there when one of those ends. */
const surplus = 8;

/** A call that waits for a place in a worker. */
interface WaitingCall {
  readonly call: ExecutorCall;
  readonly arrivedAt: number;
  readonly resolve: (reply: Promise<ExecutorReply>) => void;
  readonly reject: (error: unknown) => void;
}

/** What the calls of one step-wise endpoint need that run in worker processes. */
export interface ContinuousCallsOptions {
  /** Sequences that may run at once in each worker. */
  readonly maxSize: number;
  readonly ready: () => readonly WorkerProcess[];
  /** Calls that may wait at once. */
  readonly maxQueue: number;
  /** Gives a call to a worker; `onEnd` is told when that is done with it, whether its answer was read or not. */
  readonly send: (worker: WorkerProcess, call: ExecutorCall, onEnd: () => void) => Promise<ExecutorReply>;
  /** Counts how long they wait. */
  readonly counter: BatchCounter;
}

/**
 * Deals out the calls of a step-wise endpoint: each goes to the worker that runs the fewest of them, where it joins its
 * running batch. Those for whom no worker has a place wait here, first come first served.
 */
export class ContinuousCalls {
  readonly #options: ContinuousCallsOptions;
  /** Calls that a worker may have. */
  readonly #most: number;
  readonly #line = new Line<WaitingCall>();
  /** Calls that each worker has. */
  readonly #running = new WeakMap<WorkerProcess, number>();

  constructor(options: ContinuousCallsOptions) {
    this.#options = options;
    this.#most = options.maxSize + Math.ceil(options.maxSize / surplus);
    options.counter.waiting = () => this.#line.size;
  }

  /** @throws BENTO_OVERLOADED when as many wait as may */
  run(call: ExecutorCall): Promise<ExecutorReply> {
    const { maxQueue } = this.#options;
    const worker = this.#line.size === 0 ? this.#freest() : undefined;
    if (worker !== undefined) return this.#begin(worker, call, performance.now());
    if (this.#line.size >= maxQueue) throw queueFull(maxQueue);
    return new Promise((resolve, reject) => {
      const place = this.#line.add({ call, arrivedAt: performance.now(), resolve, reject });
      call.context.onInterrupt((reason) => {
        if (place.leave()) reject(reason);
      });
    });
  }

  /** There are more workers, or fewer, or one of them has a place. */
  changed(): void {
    for (let worker = this.#freest(); worker !== undefined && this.#line.size > 0; worker = this.#freest()) {
      const { call, arrivedAt, resolve, reject } = this.#line.shift() as WaitingCall;
      const { time } = call.context;
      // No worker is troubled with what would only be answered too late.
      if (time !== undefined && performance.now() >= time.end) reject(neverBegun(time));
      else resolve(this.#begin(worker, call, arrivedAt));
    }
  }

  /** Fails every call that waits. */
  refuse(error: BentoError): void {
    for (let waiting = this.#line.shift(); waiting !== undefined; waiting = this.#line.shift()) waiting.reject(error);
  }

  /** Gives every call that waits to something else. */
  moveTo(run: (call: ExecutorCall) => Promise<ExecutorReply>): void {
    for (let waiting = this.#line.shift(); waiting !== undefined; waiting = this.#line.shift()) waiting.resolve(run(waiting.call));
  }

  /** The worker that has the fewest; `undefined` where all have as many as they may. */
  #freest(): WorkerProcess | undefined {
    let freest: WorkerProcess | undefined;
    for (const worker of this.#options.ready()) {
      if (this.#callsOf(worker) < (freest === undefined ? this.#most : this.#callsOf(freest))) freest = worker;
    }
    return freest;
  }

  #callsOf(worker: WorkerProcess): number {
    return this.#running.get(worker) ?? 0;
  }

  #begin(worker: WorkerProcess, call: ExecutorCall, arrivedAt: number): Promise<ExecutorReply> {
    const { send, counter } = this.#options;
    counter.waited(performance.now() - arrivedAt);
    this.#running.set(worker, this.#callsOf(worker) + 1);
    return send(worker, call, () => {
      this.#running.set(worker, this.#callsOf(worker) - 1);
      this.changed();
    });
  }
}

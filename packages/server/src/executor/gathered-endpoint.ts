import { BentoError, type BatchPolicy, type JsonSchema } from "@bento/core";
import type { BatchSpec } from "@bento/sdk";

import { mayJoin, readBatchInput } from "../batching/batch-input.js";
import type { BatchCounter } from "../batching/batch-counter.js";
import { Batcher } from "../batching/batcher.js";
import { realClock } from "../batching/clock.js";
import { makeOutputForm } from "../batching/output-form.js";
import { type CallTime, neverBegun } from "../http/out-of-time.js";
import { Refusal } from "../http/refusal.js";
import { longestTurnMs, LookAround } from "../look-around.js";
import { type Answer, BatchJob } from "./batch-job.js";
import { type BatchMethod, runBatch } from "./batch-run.js";
import type { ExecutorCall, ExecutorReply } from "./executor.js";
import { queueFull } from "./queue-full.js";
import { StillReaders } from "./still-readers.js";

/** What a batchable endpoint of this process is made of. */
export interface GatheredEndpointOptions {
  /** Wire name. */
  readonly name: string;
  readonly batch: BatchSpec;
  /** JSON Schema of its output. */
  readonly output: JsonSchema;
  /** Calls that may wait at once. */
  readonly maxQueue: number;
  /** In place of the one that the endpoint says. */
  readonly policy?: BatchPolicy | undefined;
  readonly invoke: BatchMethod["invoke"];
  readonly steps: BatchMethod["steps"];
  readonly answer: Answer;
  /** Counts its batches. */
  readonly counter?: BatchCounter | undefined;
  /** Told once, when the policy had to be overruled. */
  readonly onOverruled?: ((error: BentoError) => void) | undefined;
}

/** Gathers the calls of a batchable endpoint, and runs them in this process, one batch at a time. */
export class GatheredEndpoint {
  readonly #options: GatheredEndpointOptions;
  readonly #batcher: Batcher<BatchJob>;
  readonly #lookAround: LookAround;
  readonly #readers = new StillReaders(() => this.#batcher.queuedRequests > 0);
  #isRunning = false;
  /** Since when the event loop has not gone on. */
  #keptSince: number | undefined;
  #onLookedAround: () => void = () => undefined;
  #came = 0;

  constructor(options: GatheredEndpointOptions) {
    const { batch, policy = batch.policy, output, invoke, steps, counter, onOverruled } = options;
    this.#options = options;
    const method = { outputDim: batch.outputDim, outputForm: makeOutputForm(output), invoke, steps };
    this.#batcher = new Batcher<BatchJob>({
      policy,
      maxBatchSize: batch.maxSize,
      maxLatencyMs: batch.maxLatencyMs,
      clock: realClock,
      mayJoin: (a, b) => mayJoin(a.input, b.input),
      run: async ({ parts, items }) => {
        this.#isRunning = true;
        const begunAt = performance.now();
        this.#keepsTurn(begunAt);
        const isTypical = await runBatch(method, parts);
        counter?.ran(parts.length, items, performance.now() - begunAt);
        await this.#letOthersIn();
        this.#isRunning = false;
        return isTypical ? performance.now() - begunAt : undefined;
      },
      freeWorkers: () => (this.#isRunning ? 0 : 1),
      workers: () => 1,
      reject: (job, waitedMs) => job.fail(outOfReach(options.name, batch.maxLatencyMs, waitedMs, job.context.time)),
      waited: counter && ((ms) => counter.waited(ms)),
      onOverruled,
    });
    this.#lookAround = new LookAround({ clock: realClock, came: () => this.#came, done: () => this.#onLookedAround() });
    if (counter !== undefined) counter.waiting = () => this.#batcher.queuedRequests;
  }

  /**
   * A call whose input is valid.
   * @throws BENTO_INPUT_INVALID when its arrays do not agree on the number of items
   * @throws BENTO_OVERLOADED when as many wait as may
   */
  run(input: unknown, call: ExecutorCall): Promise<ExecutorReply> {
    const { name, batch, steps, answer, maxQueue } = this.#options;
    this.#came += 1;
    const read = readBatchInput(input, batch.inputDim);
    if (steps !== undefined && read.items > batch.maxSize) throw tooLarge(name, read.items, batch.maxSize);
    if (this.#batcher.queuedRequests >= Math.max(1, maxQueue)) throw queueFull(maxQueue);
    const job = new BatchJob(read, call, batch.outputDim, answer);
    const ticket = this.#batcher.submit(job, read.items, call.context.time?.end ?? Infinity);
    job.ticket = ticket;
    return steps === undefined ? job.reply : this.#readers.watch(job.reply).reply;
  }

  #keepsTurn(now: number): void {
    if (this.#keptSince !== undefined) return;
    this.#keptSince = now;
    setImmediate(() => (this.#keptSince = undefined));
  }

  /** A method that never waits would keep everybody outside, batch after batch. */
  async #letOthersIn(): Promise<void> {
    const keptMs = this.#keptSince === undefined ? 0 : performance.now() - this.#keptSince;
    if (keptMs < longestTurnMs) return;
    await new Promise<void>((resolve) => {
      this.#onLookedAround = resolve;
      this.#lookAround.start(keptMs);
    });
  }

  /** Begins no more batches; what waits is refused. */
  close(): void {
    const error = new BentoError("BENTO_UNAVAILABLE", "The service is shut down.");
    for (const job of this.#batcher.close()) job.fail(error);
  }
}

/** Streams of several batches cannot be put together again. */
function tooLarge(name: string, items: number, most: number): BentoError {
  return new BentoError(
    "BENTO_INPUT_INVALID",
    `The endpoint ${JSON.stringify(name)} streams for ${most} items at most, not for ${items}.`,
    {
      hint: "Send fewer items in one request.",
    },
  );
}

/** The error for a call that would only be answered too late. */
export function outOfReach(name: string, maxLatencyMs: number, waitedMs: number, time: CallTime | undefined): Refusal {
  if (time !== undefined && performance.now() >= time.end) return neverBegun(time);
  const withinMs = Math.min(maxLatencyMs, time?.timeoutMs ?? Infinity);
  return new Refusal(
    "overload",
    `The endpoint ${JSON.stringify(name)} cannot answer within ${withinMs} ms: the call has waited ${Math.round(waitedMs)} ms already.`,
    "Try again after a pause; or raise maxLatencyMs, or the number of workers.",
  );
}

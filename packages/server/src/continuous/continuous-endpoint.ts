import { BentoError, type Sequence } from "@bento/core";
import type { ContinuousSpec } from "@bento/sdk";

import type { BatchCounter } from "../batching/batch-counter.js";
import { realClock } from "../batching/clock.js";
import type { CallContext, ExecutorCall, ExecutorReply } from "../executor/executor.js";
import { queueFull } from "../executor/queue-full.js";
import { isItemSource } from "../executor/stray-iterator.js";
import type { ItemBuffer } from "./item-buffer.js";
import type { Member } from "./member.js";
import { RunningBatch } from "./running-batch.js";
import { StepContext } from "./step-context.js";

/** What a step-wise endpoint of this process is made of. */
export interface ContinuousEndpointOptions {
  /** Wire name. */
  readonly name: string;
  readonly continuous: ContinuousSpec;
  /** Calls that may wait at once. */
  readonly maxQueue: number;
  /** Calls the method: one step for those sequences. */
  readonly invoke: (sequences: readonly Sequence[], context: CallContext) => unknown;
  /** Makes the answer of a call of the items that are emitted for it. */
  readonly answer: (items: ItemBuffer, call: ExecutorCall) => Promise<ExecutorReply>;
  /** Counts its steps. */
  readonly counter?: BatchCounter | undefined;
}

/** Runs the calls of a step-wise endpoint in this process, all together, one step at a time. */
export class ContinuousEndpoint {
  readonly #options: ContinuousEndpointOptions;
  readonly #batch: RunningBatch;
  /** Of the step that runs now. */
  #context: StepContext | undefined;

  constructor(options: ContinuousEndpointOptions) {
    const { continuous, counter } = options;
    this.#options = options;
    this.#batch = new RunningBatch({
      maxSize: continuous.maxSize,
      clock: realClock,
      step: (members) => this.#step(members),
      onAbandoned: (reason) => this.#context?.interrupt(reason),
      onBegin: counter && ((ms) => counter.waited(ms)),
    });
    if (counter !== undefined) counter.waiting = () => this.#batch.waiting;
  }

  /**
   * A call whose input is valid. Its answer comes with its first item.
   * @throws BENTO_OVERLOADED when as many wait as may
   */
  run(input: unknown, call: ExecutorCall): Promise<ExecutorReply> {
    const { maxQueue, answer } = this.#options;
    if (this.#batch.isFull && this.#batch.waiting >= maxQueue) throw queueFull(maxQueue);
    return answer(this.#batch.add(input, call.context, call.onLateError).items, call);
  }

  /** Begins no more steps; what runs and what waits is broken off. */
  close(): void {
    this.#batch.close(new BentoError("BENTO_UNAVAILABLE", "The service is shut down."));
  }

  async #step(members: readonly Member[]): Promise<void> {
    const { name, invoke, counter } = this.#options;
    const context = new StepContext((members[0] as Member).context);
    this.#context = context;
    const begunAt = performance.now();
    const sequences = members.map(({ sequence }) => sequence);
    const returned = await invoke(sequences, context);
    if (isItemSource(returned)) throw strayItems(name);
    counter?.ran(members.length, members.length, performance.now() - begunAt);
  }
}

/** Nobody would ever ask it for its items, so that no step would be taken. */
function strayItems(name: string): BentoError {
  return new BentoError("BENTO_OUTPUT_INVALID", `The step-wise endpoint ${JSON.stringify(name)} returned an iterator.`, {
    hint: "The service is at fault: its method takes one step and returns. Emit items with `sequence.emit(item)` in place of `yield`.",
  });
}

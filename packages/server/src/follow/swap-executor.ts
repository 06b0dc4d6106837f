import { BentoError } from "@bento/core";

import type { BatchFigures } from "../batching/batch-counter.js";
import type { Complaint } from "../health/ask-hooks.js";
import type { Executor, ExecutorCall, ExecutorReply, ServedModels, ServiceQuestions } from "../executor/executor.js";
import type { ServiceOutline } from "../executor/outline.js";
import type { StartedInstance } from "../executor/start-instance.js";
import { addBatches, lastingBatches } from "../http/figures.js";
import type { Logger } from "../http/log.js";
import { isStream, type Reply } from "../http/reply.js";
import { watchStream } from "../http/watched-stream.js";
import type { Measures } from "../http/measures.js";
import type { Addresses, Pins } from "../workers/messages.js";
import { isMoving, servedModels, usedModels } from "../workers/model-cells.js";

/** What a {@link SwapExecutor} needs besides its first instance. */
export interface SwapOptions {
  readonly service: string;
  readonly outline: ServiceOutline;
  /** Starts another instance, with these versions of its models. */
  readonly start: (models: Pins) => Promise<StartedInstance>;
  /** Milliseconds that the calls in flight of an instance get whose successor is there. */
  readonly finishMs: number;
  readonly logger: Logger | undefined;
}

/**
 * Runs calls in this process on an instance that can be exchanged for another one: its successor starts beside it, takes all
 * calls from then on, and the old one shuts down when those are answered that it has.
 */
export class SwapExecutor implements Executor {
  readonly #options: SwapOptions;
  #current: Generation;
  /** Those that have a successor and are not done yet. */
  readonly #leaving = new Set<Promise<void>>();
  #swapping: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;
  /** What was counted in instances that are gone. */
  #ended: Readonly<Record<string, BatchFigures>> = {};
  readonly questions: ServiceQuestions = {
    complaint: (question): Promise<Complaint> => this.#current.started.executor.questions.complaint(question),
    rewriteMetrics: (text): Promise<string> => this.#current.started.executor.questions.rewriteMetrics(text),
    measures: async (): Promise<Measures> => ({}),
  };

  constructor(first: StartedInstance, options: SwapOptions) {
    this.#current = new Generation(first);
    this.#options = options;
  }

  get isReady(): boolean {
    return this.#closing === undefined;
  }

  run(call: ExecutorCall): ExecutorReply | Promise<ExecutorReply> {
    return this.#current.run(call);
  }

  batches(): Readonly<Record<string, BatchFigures>> {
    return addBatches([this.#ended, this.#current.started.executor.batches()]);
  }

  models(): ServedModels {
    return servedModels(this.#current.started.binding);
  }

  followed(): Pins {
    const { binding, tags } = this.#current.started;
    const moving = tags.filter(isMoving);
    const used = usedModels(binding, moving);
    return Object.fromEntries(moving.map((tag) => [tag, used[tag] ?? null]));
  }

  addresses(): Addresses {
    return this.#current.started.addresses;
  }

  renew(to: Pins): Promise<ServiceOutline> {
    const swapping = this.#swapping.then(() => this.#swap(to));
    this.#swapping = swapping.catch(() => undefined);
    return swapping;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #swap(to: Pins): Promise<ServiceOutline> {
    this.#throwIfClosing();
    const started = await this.#options.start({ ...this.followed(), ...to });
    if (this.#closing !== undefined) await started.executor.close();
    this.#throwIfClosing();
    const old = this.#current;
    this.#current = new Generation(started);
    const leaving = this.#retire(old).finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
    return this.#options.outline;
  }

  /** Its failures are told: whoever waits for the successor has what it wanted. */
  async #retire(old: Generation): Promise<void> {
    const { service, finishMs, logger } = this.#options;
    await old.idle(finishMs);
    this.#ended = addBatches([this.#ended, lastingBatches(old.started.executor.batches())]);
    try {
      await old.started.executor.close();
    } catch (error) {
      logger?.error({ service, err: error }, `${service} goes on with its new models, but what it had before did not shut down well`);
    }
  }

  async #close(): Promise<void> {
    await this.#swapping;
    await Promise.all([this.#current.started.executor.close(), ...this.#leaving]);
  }

  #throwIfClosing(): void {
    if (this.#closing !== undefined) throw new BentoError("BENTO_UNAVAILABLE", "The service is shut down.");
  }
}

/** One instance, and the calls that it works on. */
class Generation {
  readonly started: StartedInstance;
  #calls = 0;
  #onIdle: (() => void) | undefined;

  constructor(started: StartedInstance) {
    this.started = started;
  }

  run(call: ExecutorCall): ExecutorReply | Promise<ExecutorReply> {
    this.#calls += 1;
    try {
      const result = this.started.executor.run(call);
      if (!(result instanceof Promise)) return this.#watched(result);
      return result.then(
        (reply) => this.#watched(reply),
        (error: unknown) => {
          this.#ended();
          throw error;
        },
      );
    } catch (error) {
      this.#ended();
      throw error;
    }
  }

  /** Resolves when every call is answered, at the latest after that time. */
  async idle(mostMs: number): Promise<void> {
    if (this.#calls === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, mostMs);
      this.#onIdle = resolve;
    });
    clearTimeout(timer);
  }

  #watched(reply: ExecutorReply): ExecutorReply {
    const { body } = reply;
    if (!isStream(body)) {
      this.#ended();
      return reply;
    }
    const onEnd = (): void => this.#ended();
    return { ...reply, body: watchStream(body, { onEnd }) satisfies Reply["body"] };
  }

  #ended(): void {
    this.#calls -= 1;
    if (this.#calls === 0) this.#onIdle?.();
  }
}

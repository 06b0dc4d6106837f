import type { ContextRequest, Identity, WorkerInfo } from "@bento/core";

import type { CallTime } from "../http/out-of-time.js";
import type { BatchJob } from "./batch-job.js";
import type { CallContext } from "./executor.js";
import { LazyContext } from "./lazy-context.js";

/** The context of a batch: what was asked is that of its first call; its signal is aborted when nobody waits for any of them. */
export class BatchContext extends LazyContext implements CallContext {
  readonly requestId: string;
  readonly worker: WorkerInfo;
  readonly time: CallTime | undefined;
  readonly #first: CallContext;
  #waiting: number;
  #isAbandoned = false;
  #settleAbandoned!: () => void;
  /** Resolves when nobody waits any more. */
  readonly abandoned = new Promise<void>((resolve) => (this.#settleAbandoned = resolve));

  /** @param jobs at least one; each still waited for */
  constructor(jobs: readonly BatchJob[]) {
    super();
    const { context } = jobs[0] as BatchJob;
    this.#first = context;
    this.requestId = context.requestId;
    this.worker = context.worker;
    this.time = context.time;
    this.#waiting = jobs.length;
  }

  /** Whether nobody waits any more. */
  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  get request(): ContextRequest {
    return this.#first.request;
  }

  get identity(): Identity | undefined {
    return this.#first.identity;
  }

  get rawHeaders(): readonly string[] {
    return this.#first.rawHeaders;
  }

  /** One caller of the batch has gone. */
  left(reason: Error): void {
    this.#waiting -= 1;
    if (this.#waiting > 0) return;
    this.#isAbandoned = true;
    this.interrupt(reason);
    this.#settleAbandoned();
  }
}

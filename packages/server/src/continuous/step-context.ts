import type { ContextRequest, WorkerInfo } from "@bento/core";

import type { CallContext } from "../executor/executor.js";
import { LazyContext } from "../executor/lazy-context.js";

/**
 * The context of one step. What was asked is that of the sequence which runs longest; nobody in particular calls, as each
 * sequence has a context of its own. The signal is aborted when nobody is left for whom the step was begun.
 */
export class StepContext extends LazyContext implements CallContext {
  readonly requestId: string;
  readonly worker: WorkerInfo;
  readonly identity = undefined;
  readonly time = undefined;
  readonly #first: CallContext;

  constructor(first: CallContext) {
    super();
    this.#first = first;
    this.requestId = first.requestId;
    this.worker = first.worker;
  }

  get request(): ContextRequest {
    return this.#first.request;
  }

  get rawHeaders(): readonly string[] {
    return this.#first.rawHeaders;
  }
}

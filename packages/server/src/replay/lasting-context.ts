import type { ContextRequest, Identity, WorkerInfo } from "@bento/core";

import type { CallContext } from "../executor/executor.js";
import type { CallTime } from "../http/out-of-time.js";
import { LazyContext } from "../executor/lazy-context.js";

/** The context of a call that may outlive its connection. Until it is released, whatever ends the call ends it. */
export class LastingContext extends LazyContext implements CallContext {
  readonly requestId: string;
  readonly worker: WorkerInfo;
  readonly request: ContextRequest;
  readonly rawHeaders: readonly string[];
  readonly identity: Identity | undefined;
  readonly time: CallTime | undefined;
  /** Until it has begun. */
  #call: CallContext | undefined;
  #isReleased = false;

  constructor(call: CallContext) {
    super();
    this.requestId = call.requestId;
    this.worker = call.worker;
    this.request = call.request;
    this.rawHeaders = call.rawHeaders;
    this.identity = call.identity;
    this.time = call.time;
    this.#call = call;
    call.onInterrupt((reason) => {
      if (!this.#isReleased) this.interrupt(reason);
    });
  }

  override begin(): void {
    super.begin();
    this.#call?.begin();
    this.#call = undefined;
  }

  /** From now on it ends on its own. */
  release(): void {
    this.#isReleased = true;
  }
}

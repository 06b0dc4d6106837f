import { BentoError, type ContextRequest, type ContextResponse, type Identity } from "@bento/core";

import type { CallContext } from "../executor/executor.js";
import { callerGone } from "./body-limit.js";
import type { Incoming } from "./incoming.js";

/**
 * One request on its way through the server, and the {@link CallContext} that its method gets.
 *
 * What most methods never touch (headers, URL, abort signal, state) is made on first access. A call ends early at most
 * once, by its deadline or because the caller went away; whoever waits for something waits through {@link Call.wait}.
 */
export class Call implements CallContext {
  readonly incoming: Incoming;
  readonly requestId: string;
  readonly startedAt = performance.now();
  identity: Identity | undefined;
  #request: ContextRequest | undefined;
  #response: ResponsePart | undefined;
  #state: Record<string, unknown> | undefined;
  #controller: AbortController | undefined;
  #interruption: BentoError | undefined;
  #onInterrupt: ((error: BentoError) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isReading = false;
  #isDone = false;

  constructor(incoming: Incoming, requestId: string) {
    this.incoming = incoming;
    this.requestId = requestId;
  }

  get request(): ContextRequest {
    return (this.#request ??= requestPart(this.incoming));
  }

  get response(): ContextResponse {
    return (this.#response ??= new ResponsePart());
  }

  get state(): Record<string, unknown> {
    return (this.#state ??= {});
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#interruption) this.#controller.abort(this.#interruption);
    }
    return this.#controller.signal;
  }

  get changedResponse(): ContextResponse | undefined {
    return this.#response;
  }

  /** Begins to watch the clock and the caller. */
  watch(timeoutMs: number): void {
    this.#timer = setTimeout(expire, timeoutMs, this, timeoutMs);
    this.incoming.onGone(() => this.interrupt(callerGone()));
  }

  /** The first byte of the answer is there: from now on only the caller ends the call early. */
  disarm(): void {
    clearTimeout(this.#timer);
  }

  /** The answer is complete; a connection that closes now says nothing. */
  finish(): void {
    this.disarm();
    this.#isDone = true;
  }

  /** Reads the body; a deadline that passes meanwhile is the caller's fault (408), not the method's (504). */
  async readBody(maxBytes: number) {
    this.#isReading = true;
    try {
      return await this.wait(this.incoming.readBody(maxBytes));
    } finally {
      this.#isReading = false;
      if (this.#interruption) this.incoming.abandonBody();
    }
  }

  /** The same outcome as the promise, unless the call ends early first: then that error. */
  wait<T>(promise: PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#interruption) reject(this.#interruption);
      else this.#onInterrupt = reject;
      promise.then(resolve, reject);
    });
  }

  /** Ends the call early: whoever waits gets the error, and `signal` is aborted with it. */
  interrupt(error: BentoError): void {
    if (this.#isDone || this.#interruption) return;
    this.#interruption = error;
    clearTimeout(this.#timer);
    this.#controller?.abort(error);
    this.#onInterrupt?.(error);
  }

  /** Ends the call because its time is over. */
  expire(timeoutMs: number): void {
    this.interrupt(this.#isReading ? slowBody(timeoutMs) : slowMethod(timeoutMs));
  }
}

function expire(call: Call, timeoutMs: number): void {
  call.expire(timeoutMs);
}

function slowBody(timeoutMs: number): BentoError {
  return new BentoError("BENTO_TIMEOUT", `The request body did not arrive within ${timeoutMs / 1000} seconds.`, {
    status: 408,
    hint: "Send the body without pauses, or raise traffic.timeout of the service.",
  });
}

function slowMethod(timeoutMs: number): BentoError {
  return new BentoError("BENTO_TIMEOUT", `Not able to process the request in ${timeoutMs / 1000} seconds.`, {
    hint: "Ask for less at once, or raise traffic.timeout of the service.",
  });
}

class ResponsePart implements ContextResponse {
  status: number | undefined = undefined;
  readonly headers = new Headers();
}

function requestPart(incoming: Incoming): ContextRequest {
  return {
    method: incoming.method,
    get url() {
      return incoming.url;
    },
    get headers() {
      return incoming.headers;
    },
  };
}

import type { ContextRequest, ContextResponse, Identity, WorkerInfo } from "@bento/core";

import type { CallContext } from "../../executor/executor.js";
import { type CallHead, parseRequestHead, type RequestHead } from "../../executor/pool-heads.js";

/** The context of a call in a worker. What most methods never touch is made on first access. */
export class WorkerContext implements CallContext {
  readonly requestId: string;
  readonly worker: WorkerInfo;
  readonly #head: string;
  #parsed: RequestHead | undefined;
  #request: ContextRequest | undefined;
  #response: { status: number | undefined; readonly headers: Headers } | undefined;
  #state: Record<string, unknown> | undefined;
  #controller: AbortController | undefined;
  #interruption: Error | undefined;
  #onInterrupt: ((reason: Error) => void) | undefined;

  constructor(head: CallHead, worker: WorkerInfo) {
    this.requestId = head.requestId;
    this.worker = worker;
    this.#head = head.request;
  }

  get request(): ContextRequest {
    return (this.#request ??= requestOf(this.#requestHead));
  }

  get identity(): Identity | undefined {
    return this.#requestHead.identity;
  }

  get rawHeaders(): readonly string[] {
    return this.#requestHead.rawHeaders;
  }

  get response(): ContextResponse {
    return (this.#response ??= { status: undefined, headers: new Headers() });
  }

  get changedResponse(): ContextResponse | undefined {
    return this.#response;
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

  onInterrupt(listener: (reason: Error) => void): void {
    this.#onInterrupt = listener;
    if (this.#interruption) listener(this.#interruption);
  }

  /** The caller left, or its time is over. */
  interrupt(reason: Error): void {
    if (this.#interruption) return;
    this.#interruption = reason;
    this.#controller?.abort(reason);
    this.#onInterrupt?.(reason);
  }

  get #requestHead(): RequestHead {
    return (this.#parsed ??= parseRequestHead(this.#head));
  }
}

function requestOf({ method, url, rawHeaders }: RequestHead): ContextRequest {
  let headers: Headers | undefined;
  return {
    method,
    url,
    get headers() {
      if (headers === undefined) {
        headers = new Headers();
        for (let at = 0; at < rawHeaders.length; at += 2) headers.append(rawHeaders[at] as string, rawHeaders[at + 1] as string);
      }
      return headers;
    },
  };
}

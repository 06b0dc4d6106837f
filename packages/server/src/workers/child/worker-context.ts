import type { ContextRequest, Identity, WorkerInfo } from "@bento/core";

import type { CallContext } from "../../executor/executor.js";
import { LazyContext } from "../../executor/lazy-context.js";
import { type CallHead, parseRequestHead, type RequestHead } from "../../executor/pool-heads.js";

/** The context of a call in a worker. */
export class WorkerContext extends LazyContext implements CallContext {
  readonly requestId: string;
  readonly worker: WorkerInfo;
  readonly #head: string;
  #parsed: RequestHead | undefined;
  #request: ContextRequest | undefined;

  constructor(head: CallHead, worker: WorkerInfo) {
    super();
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

import type { ContextRequest, Identity, WorkerInfo } from "@bento/core";

import type { CallContext } from "../../executor/executor.js";
import { parseCookies } from "../../http/cookies.js";
import type { CallTime } from "../../http/out-of-time.js";
import { LazyContext } from "../../executor/lazy-context.js";
import { type CallHead, parseRequestHead, type RequestHead } from "../../executor/pool-heads.js";

/** The context of a call in a worker. */
export class WorkerContext extends LazyContext implements CallContext {
  readonly requestId: string;
  readonly worker: WorkerInfo;
  readonly time: CallTime | undefined;
  /** Told when its method takes something of an input that still comes. */
  onTookInput: (() => void) | undefined = undefined;
  readonly #head: string;
  #parsed: RequestHead | undefined;
  #request: ContextRequest | undefined;

  constructor(head: CallHead, worker: WorkerInfo) {
    super();
    this.requestId = head.requestId;
    this.worker = worker;
    this.time = head.time;
    this.#head = head.request;
  }

  override tookInput(): void {
    this.onTookInput?.();
  }

  get request(): ContextRequest {
    return (this.#request ??= new RequestPart(this.#requestHead));
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

/** A class for the same reason as in `http/call.ts`. */
class RequestPart implements ContextRequest {
  readonly method: string;
  readonly url: string;
  readonly params: Readonly<Record<string, string>>;
  readonly #rawHeaders: readonly string[];
  #headers: Headers | undefined;
  #cookies: Readonly<Record<string, string>> | undefined;

  constructor({ method, url, rawHeaders, params }: RequestHead) {
    this.params = params;
    this.method = method;
    this.url = url;
    this.#rawHeaders = rawHeaders;
  }

  get headers(): Headers {
    if (this.#headers === undefined) {
      this.#headers = new Headers();
      const raw = this.#rawHeaders;
      for (let at = 0; at < raw.length; at += 2) this.#headers.append(raw[at] as string, raw[at + 1] as string);
    }
    return this.#headers;
  }

  get cookies(): Readonly<Record<string, string>> {
    return (this.#cookies ??= parseCookies(this.headers.get("cookie")));
  }
}

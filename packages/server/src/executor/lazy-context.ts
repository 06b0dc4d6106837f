import type { ContextResponse, CookieOptions } from "@bento/core";

import { cookieText } from "../http/cookies.js";

/**
 * What the contexts of all calls have in common, whether the method runs beside the connection or in a worker: what
 * most methods never touch (answer, state, abort signal) is made on first access, as a request pays for each of them.
 */
export abstract class LazyContext {
  #hasBegun = false;
  #response: ResponsePart | undefined;
  #state: Record<string, unknown> | undefined;
  #controller: AbortController | undefined;
  #interruption: Error | undefined;
  #onInterrupt: ((reason: Error) => void) | undefined;

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  begin(): void {
    this.#hasBegun = true;
  }

  /** The method has taken something of an input that still comes; for whoever watches the time. */
  tookInput(): void {}

  get response(): ContextResponse {
    return (this.#response ??= new ResponsePart());
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

  /** The answer is not wanted any more: the caller left, or its time is over. Only the first reason counts. */
  interrupt(reason: Error): void {
    if (this.#interruption) return;
    this.#interruption = reason;
    this.#controller?.abort(reason);
    this.#onInterrupt?.(reason);
  }
}

class ResponsePart implements ContextResponse {
  status: number | undefined = undefined;
  readonly headers = new Headers();

  setCookie(name: string, value: string, options?: CookieOptions): void {
    this.headers.append("set-cookie", cookieText(name, value, options));
  }
}

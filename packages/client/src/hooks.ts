import { BentoError } from "@bento/core";

/** One request of a call, the same object from its beginning to its end: a key for what a tracer keeps of it. */
export interface RequestInfo {
  /** The service's name. */
  readonly service: string;
  /** The endpoint's name on the wire. */
  readonly endpoint: string;
  readonly method: "POST";
  /** Where it goes: without query and credentials. */
  readonly url: string;
  /** Which try of the call it is, from 1. */
  readonly attempt: number;
  /** Headers of this request besides the client's own, the token is not among them. What is set here is sent: `traceparent`. */
  readonly headers: Headers;
}

/** How a request ended. */
export interface RequestOutcome {
  /** Milliseconds from its beginning to the last byte of its answer, the end of its stream, or its failure. */
  readonly durationMs: number;
  /** What it failed with; absent when it did not. */
  readonly error: BentoError | undefined;
}

/**
 * What a client tells about its requests, for tracing and metrics. What a hook throws is ignored: watching a call must not
 * change it.
 *
 * ```ts
 * const spans = new WeakMap<RequestInfo, Span>();
 * const hooks: ClientHooks = {
 *   onRequest(request) {
 *     const span = tracer.startSpan(`${request.service}/${request.endpoint}`, { kind: SpanKind.CLIENT });
 *     propagation.inject(trace.setSpan(context.active(), span), request.headers, { set: (headers, name, value) => headers.set(name, value) });
 *     spans.set(request, span);
 *   },
 *   onResponse: (request, response) => spans.get(request)?.setAttribute("http.response.status_code", response.status),
 *   onEnd(request, { error }) {
 *     if (error) spans.get(request)?.recordException(error);
 *     spans.get(request)?.end();
 *   },
 * };
 * ```
 */
export interface ClientHooks {
  /** A request is about to be sent: once for each try of a call. */
  onRequest?(request: RequestInfo): void;
  /** Its answer's head is there, whatever the status. */
  onResponse?(request: RequestInfo, response: { readonly status: number; readonly headers: Headers }): void;
  /** It is over; once for each `onRequest`. */
  onEnd?(request: RequestInfo, outcome: RequestOutcome): void;
}

/** One request, watched by the hooks. */
export class WatchedRequest {
  readonly #hooks: ClientHooks;
  readonly #info: RequestInfo;
  readonly #beganAt = Date.now();
  #isOver = false;

  constructor(hooks: ClientHooks | undefined, info: RequestInfo) {
    this.#hooks = hooks ?? {};
    this.#info = info;
    this.#tell(() => this.#hooks.onRequest?.(info));
  }

  responded({ status, headers }: Response): void {
    this.#tell(() => this.#hooks.onResponse?.(this.#info, { status, headers }));
  }

  end(error?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const outcome = { durationMs: Date.now() - this.#beganAt, error: error === undefined ? undefined : BentoError.from(error) };
    this.#tell(() => this.#hooks.onEnd?.(this.#info, outcome));
  }

  #tell(hook: () => void): void {
    try {
      hook();
    } catch {
      // Said in the hooks' description.
    }
  }
}

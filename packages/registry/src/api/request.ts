import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from "node:http";
import { BentoError } from "@bento/core";
import { Routes } from "@bento/store/network";
import { NetworkFailure } from "./network-failure.js";

/** Bytes that a request carries; asked for again when the request is sent again. */
export interface RequestBody {
  readonly size: number;
  stream(signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
  /** How long no byte may move, in either direction. Milliseconds. */
  readonly idleMs: number;
  /** How long the answer may take once the body was sent. Default: `idleMs`. */
  readonly answerMs?: number | undefined;
  readonly signal: AbortSignal;
}

/** An answer whose body is still to come. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** To be read once, to its end or not at all. @throws NetworkFailure when it breaks off */
  readonly body: AsyncIterable<Uint8Array>;
  /** Reads nothing more. */
  discard(): void;
}

/** So many connections to one host at once: parts, and a call beside them. */
const maxSockets = 24;

/**
 * Requests over `node:http`, which, unlike `fetch`, sends a stream with its length, gives the answer that comes before
 * a body was taken, and has no limits of time but those it is told. Redirects are answers like any other. Connections
 * are kept, and hold no process.
 */
export class Connections {
  readonly #routes = new Routes({ maxSockets });

  /** @throws NetworkFailure; what the body throws; the signal's reason */
  async send(request: WireRequest): Promise<WireAnswer> {
    const { url, method, headers, body, signal } = request;
    signal.throwIfAborted();
    const { headers: forProxy, ...way } = await this.#routes.to(url);
    const library = way.protocol === "https:" ? await import("node:https") : await import("node:http");
    const length: Record<string, string> = body === undefined ? {} : { "content-length": String(body.size) };
    const outgoing = library.request({ ...way, method, signal, headers: { host: url.host, ...headers, ...length, ...forProxy } });
    return new Exchange(outgoing, request).answer();
  }
}

/** One request and its answer. */
class Exchange {
  readonly #outgoing: ClientRequest;
  readonly #request: WireRequest;
  #isSent = false;
  #isAnswered = false;
  #isLate = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(outgoing: ClientRequest, request: WireRequest) {
    this.#outgoing = outgoing;
    this.#request = request;
  }

  async answer(): Promise<WireAnswer> {
    const outgoing = this.#outgoing;
    outgoing.setTimeout(this.#request.idleMs, () => {
      this.#isLate = true;
      outgoing.destroy();
    });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once("response", resolve);
      // Also what comes when nobody waits any more.
      outgoing.on("error", reject);
      outgoing.once("close", () => reject(new Error("the connection was closed")));
    });
    answered.catch(() => {});
    const sending = this.#send();
    try {
      const incoming = await answered;
      this.#isAnswered = true;
      return this.#answerOf(incoming);
    } catch (error) {
      outgoing.destroy();
      await sending;
      throw this.#failureOf(error);
    }
  }

  async #send(): Promise<void> {
    const outgoing = this.#outgoing;
    const { body, signal, answerMs } = this.#request;
    try {
      if (body !== undefined) {
        for await (const chunk of body.stream(signal)) {
          // Whoever has answered or gone away takes no more.
          if (this.#isAnswered || outgoing.destroyed) return;
          if (!outgoing.write(chunk)) await drained(outgoing);
        }
      }
      this.#isSent = true;
      if (answerMs !== undefined) outgoing.setTimeout(answerMs);
      outgoing.end();
    } catch (error) {
      this.#failure = { error };
      outgoing.destroy();
    }
  }

  #answerOf(incoming: IncomingMessage): WireAnswer {
    const discard = (): void => void (this.#isSent && incoming.complete ? incoming.resume() : this.#outgoing.destroy());
    // Its errors are met where it is read.
    incoming.on("error", () => {});
    return {
      status: incoming.statusCode ?? 0,
      headers: incoming.headers,
      body: this.#bodyOf(incoming),
      discard,
    };
  }

  async *#bodyOf(incoming: IncomingMessage): AsyncGenerator<Uint8Array, void> {
    try {
      for await (const chunk of incoming) yield chunk as Uint8Array;
    } catch (error) {
      throw this.#failureOf(error);
    } finally {
      // What was not sent to its end cannot be followed by another request.
      if (!this.#isSent || !incoming.complete) this.#outgoing.destroy();
    }
  }

  #failureOf(error: unknown): unknown {
    const { signal, idleMs } = this.#request;
    if (signal.aborted) return signal.reason;
    if (this.#failure !== undefined) return this.#failure.error;
    if (BentoError.is(error)) return error;
    if (this.#isLate) return new NetworkFailure(`nothing came for ${Math.round(idleMs / 1000)} seconds`, error);
    return new NetworkFailure(error instanceof Error ? error.message : String(error), error);
  }
}

/** Waits until a request takes more, or has ended. */
function drained(outgoing: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      outgoing.off("drain", done).off("close", done).off("response", done);
      resolve();
    };
    outgoing.on("drain", done).on("close", done).on("response", done);
  });
}
